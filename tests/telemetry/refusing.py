"""A mail server for tests that refuses: one address at once, another when it has read the mail. It says why with the address
and the words of the mail, as mail servers do. All other mail goes on to the server behind it, where there is one.

Runs as a file of its own, also in a container beside the platform's: `python refusing.py PORT ONE OTHER [HOST:PORT]`. Its
output are its answers, a line each."""

import smtplib
import sys
from email import message_from_bytes, policy
from socketserver import StreamRequestHandler, ThreadingTCPServer

# An answer is a line of at most 512 bytes (RFC 5321).
_MOST = 400


class _Refusing(StreamRequestHandler):
    def handle(self) -> None:
        one, other, *behind = sys.argv[2:]
        sender = to = ""
        self._say("220 refusing")
        while line := self.rfile.readline().decode():
            verb, _, rest = line.strip().partition(" ")
            address = rest.partition("<")[2].partition(">")[0]
            if verb == "MAIL":
                sender = address
                self._say("250 yes")
            elif verb == "RCPT":
                to = address
                self._say(f"550 5.1.1 <{to}>: nobody of this name lives here" if to == one else "250 yes")
            elif verb == "DATA":
                self._say("354 go on")
                content = self._content()
                self._say(f"554 5.7.1 <{to}>: this is not taken: {_words(content)}" if to == other else "250 yes")
                if to != other and behind:
                    host, _, port = behind[0].partition(":")
                    with smtplib.SMTP(host, int(port)) as server:
                        server.sendmail(sender, [to], content)
            else:
                self._say("221 bye" if verb == "QUIT" else "250 yes")

    def _content(self) -> bytes:
        lines = iter(self.rfile.readline, b".\r\n")
        return b"".join(line.removeprefix(b".") for line in lines)

    def _say(self, answer: str) -> None:
        print(answer, flush=True)
        self.wfile.write(f"{answer}\r\n".encode())


def _words(content: bytes) -> str:
    text = message_from_bytes(content, policy=policy.default).get_body(("plain",))
    return " ".join(text.get_content().split())[:_MOST] if text else ""


if __name__ == "__main__":
    ThreadingTCPServer.allow_reuse_address = True
    ThreadingTCPServer(("0.0.0.0", int(sys.argv[1])), _Refusing).serve_forever()  # noqa: S104 - a container's own
