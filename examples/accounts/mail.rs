//! Mails: what they say, who has them sent, and where they go.
