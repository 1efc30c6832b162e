"""One exchange: server, code, file of the run, file of the authority or '', seconds. Prints JSON.

The run is read from its file where it is there, and kept in it as a box keeps it.
"""

import asyncio
import binascii
import gc
import json
import os
import sys

from firmware import durable_json, enrol
from survey_defs import claim
from survey_defs.claim import ClaimError


async def main(server: str, code: str, run_file: str, authority_file: str = "", limit: str = "10") -> None:
    authority = ""
    if authority_file:
        with open(authority_file) as file:
            authority = file.read()
    run = durable_json.read(run_file) or claim.new_run(
        code.lower(), binascii.hexlify(os.urandom(32)).decode()
    )
    try:
        terms, password = await enrol.exchange(
            server,
            code,
            run,
            lambda run: durable_json.write(run_file, run),
            authority=authority,
            timeout_s=int(limit),
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
