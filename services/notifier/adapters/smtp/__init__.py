"""Emails by SMTP."""

from services.notifier.adapters.smtp.provider import SmtpProvider, SmtpServer

__all__ = ["SmtpProvider", "SmtpServer"]
