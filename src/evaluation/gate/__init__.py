"""The gate: diagnostics fixed in the protocol that decide whether an estimate may be shown.

Each module judges one thing on plain arrays or frames, and gives a `Diagnostic`. `judge` runs
them by sector and outcome and writes the table `diagnostics`; `verdict` combines them to the
columns `gate` and `gate_reasons` of `estimates`.

Modules: `diagnostic` (what a diagnostic is), `sample` (who is compared), `balance`,
`pre_trends`, `placebo`, `negative_controls`, `power`, `persons` (matched share and follow-up),
`coding`, `regression_to_mean`, `judge`, `verdict`.
"""
