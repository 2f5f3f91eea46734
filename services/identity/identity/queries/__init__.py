"""What a person can ask about accounts and users, by noun: one SQL query in, a response model out."""
