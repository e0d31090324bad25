"""What does not end a mail, however a server behind us may read it (T1)."""

SMUGGLING = (
    b"\n.\n",
    b"\r.\r",
    b"\r.\n",
    b"\n.\r",
    b"\n.\r\n",
    b"\r\n.\n",
    b"\r.\r\n",
    b"\r\n.\r",
    b"\r\n.\r\r\n",
    b"\r\r\n.\r\n",
    b"\r\n\0.\r\n",
    b"\r\n.\0\r\n",
)
