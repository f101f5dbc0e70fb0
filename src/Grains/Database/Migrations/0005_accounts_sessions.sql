-- A session is a family of refresh tokens. Generations rise with every token that was handed out; only the latest and the one whose use
-- made it are accepted, and only their hashes are kept.
CREATE TABLE sessions (
    id              uuid PRIMARY KEY,
    user_id         uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    generation      int NOT NULL,
    refresh_hash    bytea NOT NULL,
    used_generation int,
    used_hash       bytea,
    user_agent      text,
    address         text,
    created_at      timestamptz NOT NULL,
    last_used_at    timestamptz NOT NULL,
    expires_at      timestamptz NOT NULL
);
CREATE INDEX sessions_user ON sessions (user_id);
CREATE INDEX sessions_expires ON sessions (expires_at);

-- ES256 keys of access tokens; the private half is encrypted with the master key.
CREATE TABLE signing_keys (
    kid            text PRIMARY KEY,
    public_point   bytea NOT NULL,                  -- uncompressed, 65 bytes
    private_sealed bytea NOT NULL,
    created_at     timestamptz NOT NULL
);

-- The key ring of ASP.NET Core's Data Protection, each element encrypted by the frontend that made it.
CREATE TABLE data_protection_keys (
    name       text PRIMARY KEY,
    xml        text NOT NULL,
    created_at timestamptz NOT NULL
);

CREATE TABLE invites (
    code_hash  bytea PRIMARY KEY,                   -- SHA-256
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    used_at    timestamptz,
    used_by    uuid
);

-- Set with deleted_at, in its transaction, until every collection and favourite that is concerned has been told.
ALTER TABLE users ADD COLUMN fan_out_due boolean NOT NULL DEFAULT false;
CREATE INDEX users_fan_out_due ON users (id) WHERE fan_out_due;
CREATE INDEX users_deleted ON users (deleted_at) WHERE deleted_at IS NOT NULL;
CREATE INDEX users_avatar_key ON users (avatar_key) WHERE avatar_key IS NOT NULL;
