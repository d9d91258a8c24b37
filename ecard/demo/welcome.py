"""What `make run` prints once the city stands: where to click and who to be."""

from __future__ import annotations

from ecard.config import Settings
from ecard.demo.personas import CITIZENS, STAFF


def welcome(settings: Settings, *, planted: bool) -> str:
    """The address, the pages, and the personas, in Chinese and English."""
    base = f"http://{'localhost' if settings.host in {'127.0.0.1', '0.0.0.0'} else settings.host}:{settings.port}"  # noqa: S104 - only shown
    lines = [
        "",
        "  演示系统 · 数据均为虚构        DEMO · all data invented",
        f"  {'城市已建立' if planted else '城市数据已保留'}                  {'the city was planted' if planted else 'the city was kept'}",
        "",
        f"  首页 home        {base}/",
        f"  市民 citizen     {base}/citizen/",
        f"  核验 verifier    {base}/verifier/",
        f"  柜台 counter     {base}/counter/",
        f"  短信与口令 inbox {base}/demo/      (SMS codes, one-time passwords)",
        f"  接口 API         {base}/docs/",
        "",
        "  市民 citizens — 手机号 phone / 证件号 document",
        *(
            f"    {p.person.phone}  {p.person.document_number}  {p.person.name} {p.name_en}: {p.about_en}"
            for p in CITIZENS
        ),
        "",
        "  工作人员 staff — 用户名 user / 密码 password",
        *(f"    {p.username:<10} {p.password:<17} {p.name} {p.name_en}: {p.about} / {p.about_en}" for p in STAFF),
        "",
        "  Ctrl-C 停止 stops everything",
        "",
    ]
    return "\n".join(lines)
