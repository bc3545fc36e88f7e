# What tests/reference/test_against_fixest.py holds our estimators against: R fixest itself.
#
# Rscript tests/reference/r/fixest.R, in the repository, after inputs.py. Debian has no fixest;
# build it from its source, with dreamerr and stringmagic.

library(fixest)
setFixest_notes(FALSE)
options(digits = 17)
place <- function(name) file.path("tests", "data", "r", name)
keep <- function(table, name) write.csv(table, place(name), row.names = FALSE, quote = FALSE)
tell <- function(model, fit, term) {
  row <- coeftable(fit)[term, , drop = FALSE]
  limits <- confint(fit)[term, ]
  data.frame(model = model, term = term, coefficient = row[, 1], se = row[, 2], p = row[, 4],
             low = limits[, 1], high = limits[, 2])
}

panel <- read.csv(place("matched_panel.csv"))
both <- ~ matched_set + person
linear <- y ~ treated * event_time
effect <- "treated:event_time"
# feglm stops at 1e-8 of the deviance unless told otherwise.
poisson <- fepois(days ~ treated * event_time, panel, weights = ~weight, cluster = ~matched_set,
                  glm.tol = 3e-13, glm.iter = 100)
staggered <- read.csv(place("staggered_panel.csv"))
twfe <- feols(y ~ d | unit + period, staggered, cluster = ~unit, fixef.tol = 3e-12)
path <- read.csv(place("matched_path.csv"))
event <- function(cluster) feols(
  y ~ i(event_time, treated, ref = -2) | unit + event_time, path, weights = ~weight,
  cluster = cluster, ssc = ssc(adj = FALSE), fixef.tol = 3e-12
)
terms <- names(coef(event(both)))
keep(rbind(
  tell("2x2 by both", feols(linear, panel, weights = ~weight, cluster = both), effect),
  tell("2x2 by set", feols(linear, panel, weights = ~weight, cluster = ~matched_set), effect),
  tell("poisson", poisson, effect),
  tell("twfe", twfe, "d"),
  tell("event study by both", event(both), terms),
  tell("event study by set", event(~matched_set), terms)
), "fixest.csv")
keep(data.frame(package = c("R", "fixest"),
                version = c(paste(R.version$major, R.version$minor, sep = "."),
                            as.character(packageVersion("fixest")))),
     "fixest_versions.csv")
