"""Every variable that the local stack sets, in one place: for the services it starts and for `hejnal` commands beside them.

What the caller's own environment says goes first, but for addresses: those belong to the ports of the stack.
"""

import os
from collections.abc import Mapping

from hejnal.stack.files import read_json
from hejnal.stack.home import Home
from hejnal.stack.ports import Ports
from hejnal.stack.secrets import Secrets

__all__ = ["for_commands", "for_services"]

LOOPBACK = "127.0.0.1"


def for_services(home: Home, ports: Ports, secrets: Secrets, caller: Mapping[str, str] = os.environ) -> dict[str, str]:
    """One environment for all: each service reads its own prefix, `HEJNAL_<SERVICE>_`, and the shared names."""
    return _preferences(home, secrets) | dict(caller) | _addresses(home, ports, secrets)


def for_commands(home: Home, caller: Mapping[str, str] = os.environ) -> dict[str, str]:
    """What a command needs to reach the databases and the broker of the stack on this machine.

    The caller's own variables go first here without exception. Empty where no stack was ever started.
    """
    if not home.secrets_file.exists():
        return {}
    found = for_services(home, Ports.from_environment(caller), Secrets(home.secrets_file), {})
    broker = read_json(home.stack_file).get("kafka_bootstrap_servers")
    if isinstance(broker, str):
        found["HEJNAL_KAFKA_BOOTSTRAP_SERVERS"] = broker
    return {name: value for name, value in found.items() if name not in caller}


def _preferences(home: Home, secrets: Secrets) -> dict[str, str]:
    return {
        "HEJNAL_CITY": "przemysl",
        "HEJNAL_PACK_DIR": str(home.root / "cities" / "przemysl"),
        "HEJNAL_INGEST_DATABASE_URL": _sqlite(home, "ingest"),
        "HEJNAL_INGEST_SECRET": secrets.get("ingest"),
        "HEJNAL_NOTIFIER_DATABASE_URL": _sqlite(home, "notifier"),
        "HEJNAL_NOTIFIER_SECRET": secrets.get("notifier"),
        "HEJNAL_CONSOLE_DATABASE_URL": _sqlite(home, "console"),
        "HEJNAL_CONSOLE_WEB_DIR": str(home.root / "web" / "dist" / "console"),
        "HEJNAL_NOTIFIER_VAPID_KEY_FILE": str(home.local / "vapid.pem"),
        "HEJNAL_NOTIFIER_EMAIL_CA_FILE": str(home.mail_authority),
        "HEJNAL_SANDBOX_STATE_DIR": str(home.local / "sandbox"),
        "HEJNAL_SANDBOX_TLS_DIR": str(home.local),
        "HEJNAL_SANDBOX_SMPP_PASSWORD": _smpp_password(secrets),
    }


def _addresses(home: Home, ports: Ports, secrets: Secrets) -> dict[str, str]:
    smpp = f"smpp://hejnal:{_smpp_password(secrets)}@{LOOPBACK}"
    return {
        "HEJNAL_HOME": str(home.root),
        "HEJNAL_KAFKA_BOOTSTRAP_SERVERS": f"{LOOPBACK}:{ports.kafka}",
        "HEJNAL_INGEST_HOST": LOOPBACK,
        "HEJNAL_INGEST_PORT": str(ports.ingest),
        "HEJNAL_INGEST_PUBLIC_URL": f"http://{LOOPBACK}:{ports.ingest}",
        "HEJNAL_CLASSIFIER_HOST": LOOPBACK,
        "HEJNAL_CLASSIFIER_PORT": str(ports.classifier),
        "HEJNAL_NOTIFIER_HOST": LOOPBACK,
        "HEJNAL_NOTIFIER_PORT": str(ports.notifier),
        "HEJNAL_NOTIFIER_BASE_URL": f"http://{LOOPBACK}:{ports.notifier}",
        "HEJNAL_NOTIFIER_PUBLIC_URL": f"http://{LOOPBACK}:{ports.ingest}",
        "HEJNAL_NOTIFIER_ALERT_URL": f"http://{LOOPBACK}:{ports.console}/alerts/{{alert_id}}",
        "HEJNAL_NOTIFIER_SMS_A": f"{smpp}:{ports.smpp_a}",
        "HEJNAL_NOTIFIER_SMS_B": f"{smpp}:{ports.smpp_b}",
        "HEJNAL_NOTIFIER_EMAIL_A": f"smtp://{LOOPBACK}:{ports.smtp_a}",
        "HEJNAL_NOTIFIER_EMAIL_B": f"smtp://{LOOPBACK}:{ports.smtp_b}",
        "HEJNAL_CONSOLE_HOST": LOOPBACK,
        "HEJNAL_CONSOLE_PORT": str(ports.console),
        "HEJNAL_SANDBOX_HOST": LOOPBACK,
        "HEJNAL_SANDBOX_PORT": str(ports.sandbox),
        "HEJNAL_SANDBOX_SMPP_A_PORT": str(ports.smpp_a),
        "HEJNAL_SANDBOX_SMPP_B_PORT": str(ports.smpp_b),
        "HEJNAL_SANDBOX_SMTP_A_PORT": str(ports.smtp_a),
        "HEJNAL_SANDBOX_SMTP_B_PORT": str(ports.smtp_b),
    }


def _smpp_password(secrets: Secrets) -> str:
    return secrets.get("smpp")[:8]  # SMPP 3.4 has no room for more


def _sqlite(home: Home, service: str) -> str:
    return f"sqlite+aiosqlite:///{home.local}/{service}.db"
