"""One exchange: server, code, nonce, file of the authority or '', seconds. Prints what came of it as JSON."""

import asyncio
import gc
import json
import sys

from firmware import enrol
from survey_defs.claim import ClaimError


async def main(server: str, code: str, nonce: str, authority_file: str = "", timeout_s: str = "10") -> None:
    authority = ""
    if authority_file:
        with open(authority_file) as file:
            authority = file.read()
    try:
        terms, password = await enrol.exchange(
            server, code, nonce, authority=authority, timeout_s=int(timeout_s)
        )
    except ClaimError as error:
        print(json.dumps({"refused": error.code}))
        return
    except OSError as error:
        print(json.dumps({"unreached": error.errno}))
        return
    gc.collect()
    print(json.dumps({"terms": terms, "password": password, "free": gc.mem_free()}))


asyncio.run(main(*sys.argv[1:]))
