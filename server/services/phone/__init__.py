"""The survey and the complaint that a visitor's own phone sends."""

__all__ = ["complaint_form", "form_tokens", "limits", "survey_form"]
