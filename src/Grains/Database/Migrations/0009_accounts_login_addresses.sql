-- Where an account was signed in from within 30 days, at most 20 of each: others' wrong passwords lock nobody out there. A mark is an HMAC of
-- user and address with a key derived from the master key.
CREATE TABLE login_addresses (
    user_id uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    mark    bytea NOT NULL,
    used_at timestamptz NOT NULL,
    PRIMARY KEY (user_id, mark)
);
CREATE INDEX login_addresses_used_at ON login_addresses (used_at);
