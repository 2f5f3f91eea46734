"""Questions about mails and files, per noun. SQL in, response model out."""
