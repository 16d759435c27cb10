from services.ingest.core.keyed_hash import Purpose, Secret

ONE, OTHER = Secret(b"one secret of the city, long enough"), Secret(b"another secret of the city, as long")
REPORT = "01a20d75-db55-7b74-b300-009fb770f616"


def test_tracking_code_opens_its_own_report_only() -> None:
    code = ONE.tracking_code(REPORT)
    assert len(code) == 16
    assert ONE.is_tracking_code(code, REPORT)
    assert ONE.is_tracking_code(f" {code.upper()} ", REPORT)
    assert not ONE.is_tracking_code(code, REPORT[:-1] + "7")
    assert not OTHER.is_tracking_code(code, REPORT)


def test_wrong_codes_are_refused_whatever_they_hold() -> None:
    for code in ("", "x", "ż" * 16, "\ud800", "a" * 100_000, "\x00"):
        assert not ONE.is_tracking_code(code, REPORT)


def test_hashes_name_nobody_and_differ_by_secret_and_purpose() -> None:
    assert ONE.client("203.0.113.5") == ONE.client("203.0.113.5")
    assert len({ONE.client("203.0.113.5"), OTHER.client("203.0.113.5"), ONE.client("203.0.113.6")}) == 3
    assert len({ONE.key(purpose) for purpose in Purpose}) == len(Purpose)


def test_idempotency_keys_of_two_clients_never_meet() -> None:
    assert ONE.idempotency("client", "key") != ONE.idempotency("other", "key")


def test_secret_never_shows() -> None:
    assert "one secret" not in repr(ONE)
