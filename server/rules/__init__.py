"""Law and custom as dated data with their sources.

Who asks for reports and when, how a document is laid out, how long a step of casework may take, which
days are worked, how long texts are kept.

The figures stand in the YAML files beside this module, each with the days it holds, its source and
whether the text was read (`verified`). An old period keeps the rule of its time.
"""

from server.rules.layout import Layout, layout_on
from server.rules.regimes import DueReport, Regime, due_reports, regime, regimes, served_regime

__all__ = ["DueReport", "Layout", "Regime", "due_reports", "layout_on", "regime", "regimes", "served_regime"]
