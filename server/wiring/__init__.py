"""Where the server's parts are put together: its context, its pages, its running parts, a restored store."""
