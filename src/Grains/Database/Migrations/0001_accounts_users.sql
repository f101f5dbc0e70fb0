-- The schema gifshare exists and is the search_path (Migrations.cs). Times are timestamptz, ids UUIDv7 made by the program.

CREATE TABLE users (
    id              uuid PRIMARY KEY,
    username        text NOT NULL,                  -- lower case
    email           text NOT NULL,                  -- as typed
    email_key       text NOT NULL,                  -- lower case, for uniqueness
    password_hash   text NOT NULL,
    display_name    text NOT NULL,
    first_name      text NOT NULL,
    last_name       text NOT NULL,
    bio             text,
    website         text,
    location        text,
    birth_year      int,
    avatar_key      text,                           -- object store key
    role            text NOT NULL DEFAULT 'user' CHECK (role IN ('user', 'admin')),
    is_private      boolean NOT NULL DEFAULT false,
    is_verified     boolean NOT NULL DEFAULT false,
    post_count      bigint NOT NULL DEFAULT 0,
    follower_count  bigint NOT NULL DEFAULT 0,
    following_count bigint NOT NULL DEFAULT 0,
    created_at      timestamptz NOT NULL,
    last_active_at  timestamptz NOT NULL,
    deleted_at      timestamptz
);
CREATE UNIQUE INDEX users_username ON users (username);
CREATE UNIQUE INDEX users_email_key ON users (email_key);

-- What a user's live uploads take, changed in the transaction that changes the gifs (by gif grains, hence not a column of users).
CREATE TABLE user_storage (
    user_id uuid PRIMARY KEY REFERENCES users (id) ON DELETE CASCADE,
    used    bigint NOT NULL DEFAULT 0 CHECK (used >= 0)
);

-- api.md, Idempotency. A row is written in the transaction of the effect that it remembers.
CREATE TABLE idempotency_keys (
    user_id      uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    scope        text NOT NULL,                     -- hash of method, path and key
    request_hash text NOT NULL,
    answer       bytea NOT NULL,                    -- encrypted: it may hold a secret
    is_refusal   boolean NOT NULL DEFAULT false,
    created_at   timestamptz NOT NULL,
    PRIMARY KEY (user_id, scope)
);
CREATE INDEX idempotency_keys_created_at ON idempotency_keys (created_at);
