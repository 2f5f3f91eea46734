"""`keten backup` and `keten restore`: everything that is entrusted to the platform, as it was at one moment, encrypted.

A backup is a base (the files of Postgres) and points. A point holds what brings the base to one moment: the database log up
to there, objects, kept mail and the event log. The keys lie in a file of their own, behind a passphrase."""
