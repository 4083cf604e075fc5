# ---
# jupyter:
#   jupytext:
#     text_representation:
#       format_name: percent
#   kernelspec:
#     display_name: Python 3
#     name: python3
# ---

# %% [markdown]
# # A first comparison
#
# This notebook runs a small suite, looks at its scores, adds a method of its own, and compares the two.
# It needs no download: the languages are made up. It takes about a minute on two cores.
#
# To open it: `pip install "clirbench[notebook]" jupytext jupyterlab`, then
# `jupytext --to notebook first_comparison.py`.

# %%
from pathlib import Path
from tempfile import mkdtemp

import clirbench

folder = Path(mkdtemp())
suite = folder / "first.toml"
suite.write_text("""
[suite]
name = "first"
seeds = [1, 2]
measures = ["AP", "nDCG@10"]
hypothesis = { better = "optical", than = "sentence-mse", on = "qde-en" }

[collection]
source = "synthetic"
concepts = 80
topic_count = 24
document_count = 240
training_query_count = 800
pairs_low = 200
pairs_high = 400

[teacher]
backbone = "scratch"
query_length = 32
document_length = 64
training = { epochs = 4, batch_size = 32, learning_rate = 2e-3 }

[training]
epochs = 3
learning_rate = 2e-3

[[pair]]
query = "qsw"
resource = "low"
bitext = ["synthetic"]

[[pair]]
query = "qde"
resource = "high"
bitext = ["synthetic"]

[[method]]
name = "zero-shot"

[[method]]
name = "oracle"

[[method]]
name = "sentence-mse"

[[method]]
name = "optical"
""")

# %% [markdown]
# What would a run do?

# %%
places = {"results": folder / "results", "store": folder / "store"}
print(clirbench.plan(suite, **places))

# %% [markdown]
# Run it. A second call skips what is done.

# %%
results = clirbench.run(suite, **places, device="cpu", threads=1)
results

# %% [markdown]
# Every topic's score is a row of a data frame.

# %%
scores = results.scores()
scores.query("measure == 'AP'").groupby(["method", "pair"]).value.mean().unstack()

# %% [markdown]
# The hypothesis, decided:

# %%
print(results.answer)

# %% [markdown]
# ## A method of your own
#
# A method is a class with its settings as fields. Here: the squared error of `sentence-mse`, but between
# vectors of unit length.

# %%
from typing import ClassVar

from clirbench.methods import Distillation
from clirbench.settings import settings


@clirbench.register
@settings
class SentenceCosine(Distillation):
    """One less the cosine of the mean token vectors."""

    name: ClassVar[str] = "sentence-cosine"
    level: ClassVar[str] = "sentence"
    equation: ClassVar[str] = "mean over pairs of 1 - cos(mean_j s_j, mean_i t_i)"
    reference: ClassVar[str] = "this notebook"

    def loss(self, student, teacher):
        """Mean over the batch."""
        from torch.nn.functional import cosine_similarity

        return (1 - cosine_similarity(student.sentences, teacher.sentences)).mean()


# %% [markdown]
# It joins the suite under its name. Only its own cells are made; the others are done.

# %%
suite.write_text(suite.read_text() + '\n[[method]]\nname = "sentence-cosine"\n')
results = clirbench.run(suite, **places, device="cpu", threads=1)
results.table("AP", versus="sentence-mse")

# %%
found = results.comparisons("AP")
found[(found.method == "sentence-cosine") | (found.versus == "sentence-cosine")]

# %%
results.plot.differences()
