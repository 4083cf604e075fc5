"""The files of a results folder: everything needed to check a table.

suite.toml          the suite file, verbatim
settings.json       its settings as given and as resolved
backbone.json       name and commit of a teacher's backbone from a hub
teacher-training.json  the queries and passages that a teacher was trained on, source by source: read,
                    left out (and why), used
encoders.json       the same of those that students start from and methods name
environment.json    versions and hardware of the runs that made the cells, the latest last
cells/CELL/         run.trec.gz, scores.csv, training.jsonl, plans.json, record.json; notes.json if
                    something must be known of its numbers; error.log if it failed; of perturbed topics
                    overlap.csv, how alike each ranking is to that of the topic as it is; diagnosis.json,
                    what its encoder makes of held-out sentence pairs, where the suite asks for it
bitext/PAIR.json    sentence pairs read, left out (and why), and used, source by source
tuning/PAIR/METHOD.json  of a method that is tuned: each trial's settings and score, and which is best
analysis-plan.json  what was to be tested and how, before the first cell was made; its changes
clusters.json       which topics belong together, where some do
analysis.json       the cells that the comparisons were made of
events.jsonl        what happened, and when
logs/CELL/          events.jsonl with the part of a cell
costs.json          time, memory and energy: shared stages, methods, sums
comparisons.json    means, differences, intervals, p-values
training.csv        of each method and pair: steps, losses, gradient norms, share of clipped steps
robustness.json     what perturbed topics cost each method, where a suite has them
sweep.json          what the methods make of other bitexts, where a suite has them
table.md            the table
.gitattributes      keeps git from changing line ends, and so checksums
tensorboard/        the steps of trainings for TensorBoard, if they were asked for
report.html         the report, if one was asked for
"""

from __future__ import annotations

__all__ = [
    "ANALYSIS",
    "ANALYSIS_PLAN",
    "BACKBONE",
    "BITEXT",
    "CELLS",
    "CLUSTERS",
    "COMPARISONS",
    "COSTS",
    "DIAGNOSIS",
    "ENCODERS",
    "ENVIRONMENT",
    "ERROR_LOG",
    "EVENTS",
    "GIT",
    "LOGS",
    "NOTES",
    "OVERLAP",
    "PLANS",
    "REPORT",
    "ROBUSTNESS",
    "RUN",
    "SCORES",
    "SETTINGS",
    "SUITE",
    "SWEEP",
    "TABLE",
    "TEACHER_TRAINING",
    "TENSORBOARD",
    "TRAINING",
    "TRAINING_LOG",
    "TUNING",
]

SUITE, SETTINGS, ENVIRONMENT = "suite.toml", "settings.json", "environment.json"
CELLS, BITEXT, TUNING, LOGS = "cells", "bitext", "tuning", "logs"
RUN, SCORES, TRAINING_LOG = "run.trec.gz", "scores.csv", "training.jsonl"
PLANS, NOTES, ERROR_LOG = "plans.json", "notes.json", "error.log"
OVERLAP, DIAGNOSIS = "overlap.csv", "diagnosis.json"
ANALYSIS_PLAN, ANALYSIS, COMPARISONS = "analysis-plan.json", "analysis.json", "comparisons.json"
BACKBONE, TEACHER_TRAINING = "backbone.json", "teacher-training.json"
ROBUSTNESS, SWEEP = "robustness.json", "sweep.json"
TRAINING, TENSORBOARD = "training.csv", "tensorboard"
CLUSTERS, ENCODERS, GIT = "clusters.json", "encoders.json", ".gitattributes"
EVENTS, COSTS, TABLE, REPORT = "events.jsonl", "costs.json", "table.md", "report.html"
