# What tests/reference/test_against_r.py holds our estimators against.
#
# Rscript tests/reference/r/reference.R, in the repository, after tests/reference/r/inputs.py.
# Reads tests/data (lalonde as MatchIt ships it, and both drawn panels) and mgus2 of survival;
# writes one file for each task, and the versions. Debian 12: r-base-core, r-cran-survival,
# r-cran-matchit, r-cran-sandwich.

library(survival)
library(sandwich)
library(MatchIt)
options(digits = 17)
place <- function(name) file.path("tests", "data", "r", name)
keep <- function(table, name) write.csv(table, place(name), row.names = FALSE, quote = FALSE)

# Competing events: progression (1) or death without it (2); months. Plain, then with weights and
# clusters that make no sense but are there: rows of four are a cluster.
mgus <- with(mgus2, data.frame(
  months = ifelse(pstat == 1, ptime, futime),
  event = ifelse(pstat == 1, 1, 2 * death)
))
mgus$weight <- 1 + (seq_len(nrow(mgus)) %% 3) / 2
mgus$cluster <- (seq_len(nrow(mgus)) - 1) %/% 4
keep(mgus, "mgus2.csv")
at <- c(12, 60, 120, 240)
mgus$kind <- factor(mgus$event, 0:2, c("censored", "progression", "death"))
mgus$row <- seq_len(nrow(mgus))
# survival 3.5 gives one error a row whatever `cluster` says, when an end has several states; so
# its own influence values are summed by cluster here. Their first column is time zero.
curves <- function(name, w, cluster) {
  fit <- survfit(Surv(months, kind) ~ 1, mgus, id = row, weights = w, influence = TRUE)
  told <- summary(fit, times = at)
  column <- 1 + findInterval(at, fit$time)
  error <- function(state) sapply(column, function(i)
    sqrt(sum(rowsum(fit$influence.pstate[, i, state] * w, cluster)^2)))
  data.frame(curve = name, months = at,
    share_1 = told$pstate[, 2], share_2 = told$pstate[, 3],
    se_1 = error(2), se_2 = error(3), own_1 = told$std.err[, 2], own_2 = told$std.err[, 3])
}
curve <- list(
  curves("plain", rep(1, nrow(mgus)), mgus$row),
  curves("weighted", mgus$weight, mgus$row),
  curves("clustered", mgus$weight, mgus$cluster)
)
# Summed by row they are the errors that survival prints.
for (one in curve[1:2]) stopifnot(all.equal(one[c("se_1", "se_2")], one[c("own_1", "own_2")],
                                            check.attributes = FALSE))
keep(do.call(rbind, curve)[1:6], "competing_events.csv")

# The 2x2 as regressions, with weights; clusters once and twice.
panel <- read.csv(place("matched_panel.csv"))
effect <- "treated:event_time"
variance <- function(fit, cluster, ...) sqrt(vcovCL(fit, cluster, ...)[effect, effect])
tell <- function(name, fit) data.frame(
  model = name,
  coefficient = coef(fit)[[effect]],
  se_matched_set = variance(fit, ~matched_set, type = "HC1"),
  se_person = variance(fit, ~person, type = "HC1"),
  # Without any factor: sandwich corrects each term by its own number of clusters.
  se_both_plain = variance(fit, ~ matched_set + person, type = "HC0", cadjust = FALSE)
)
exact <- glm.control(epsilon = 1e-14, maxit = 200)
keep(rbind(
  tell("linear", lm(y ~ treated * event_time, panel, weights = weight)),
  # Weights that are no counts: glm warns of it.
  tell("poisson", suppressWarnings(glm(days ~ treated * event_time, quasipoisson, panel,
                                       weights = weight, control = exact)))
), "did_2x2.csv")

# Two-way fixed effects with dummies; clusters are the units.
staggered <- read.csv(place("staggered_panel.csv"))
fit <- lm(y ~ d + factor(unit) + factor(period), staggered)
keep(data.frame(
  coefficient = coef(fit)[["d"]],
  se_plain = sqrt(vcovCL(fit, ~unit, type = "HC0", cadjust = FALSE)["d", "d"])
), "twfe.csv")

# Matching: nearest on the logit of the score, in cells, within a caliper of 0.2. Two controls each
# where a control is used once; one where it may return, for MatchIt 4.5.1 takes the same one twice.
# It also lets pairs through up to 1 beyond the caliper, so distances are given in millionths.
lalonde <- read.csv(file.path("tests", "data", "nsw_psid.csv"))
score <- glm(treat ~ age + educ + race + married + nodegree + re74 + re75, binomial, lalonde,
             control = exact)
millionths <- 1e6 * as.numeric(predict(score))
pairs <- function(replace) {
  # Some find fewer controls than asked for, and MatchIt warns of it.
  found <- suppressWarnings(matchit(treat ~ nodegree, lalonde, method = "nearest",
    distance = millionths, exact = ~nodegree, ratio = if (replace) 1 else 2, caliper = 0.2e6,
    std.caliper = FALSE, replace = replace, m.order = "largest"))
  matrix <- found$match.matrix
  data.frame(replace = replace, treated = as.integer(rep(rownames(matrix), ncol(matrix))) - 1,
             control = as.integer(matrix) - 1)
}
both <- rbind(pairs(FALSE), pairs(TRUE))
keep(both[!is.na(both$control), ], "matchit_pairs.csv")
exact_cells <- matchit(treat ~ age + race + married + educ, lalonde, method = "exact")
coarse <- matchit(treat ~ age + educ + married, lalonde, method = "cem",
                  cutpoints = list(age = c(20, 25, 30, 40), educ = c(8.5, 11.5)))
keep(data.frame(exact = exact_cells$weights, coarse = coarse$weights), "matchit_weights.csv")

packages <- c("survival", "sandwich", "MatchIt")
versions <- sapply(packages, function(one) as.character(packageVersion(one)))
keep(data.frame(package = c("R", packages),
                version = c(paste(R.version$major, R.version$minor, sep = "."), versions)),
     "versions.csv")
