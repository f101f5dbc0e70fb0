CREATE TABLE collections (
    id           uuid PRIMARY KEY,
    owner_id     uuid NOT NULL REFERENCES users (id),
    name         text NOT NULL,
    description  text,
    visibility   text NOT NULL CHECK (visibility IN ('private', 'shared', 'public')),
    cover_gif_id uuid REFERENCES gifs (id) ON DELETE SET NULL,
    item_count   int NOT NULL DEFAULT 0 CHECK (item_count >= 0),     -- rows of collection_items that are not removed and available
    view_count   bigint NOT NULL DEFAULT 0,                          -- sum of collection_views
    like_count   bigint NOT NULL DEFAULT 0,                          -- rows of collection_likes
    version      bigint NOT NULL DEFAULT 1,
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    deleted_at   timestamptz
);
CREATE INDEX collections_owner_recent ON collections (owner_id, updated_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX collections_owner_trash ON collections (owner_id, deleted_at DESC, id DESC) WHERE deleted_at IS NOT NULL;
CREATE INDEX collections_purge ON collections (deleted_at) WHERE deleted_at IS NOT NULL;

-- One row per gif that is, or was within the undo window, in the collection.
CREATE TABLE collection_items (
    collection_id uuid NOT NULL REFERENCES collections (id) ON DELETE CASCADE,
    gif_id        uuid NOT NULL REFERENCES gifs (id) ON DELETE CASCADE,
    position      text COLLATE "C" NOT NULL,        -- fractional key: a move writes one row
    note          text,
    added_at      timestamptz NOT NULL,
    removed_at    timestamptz,                      -- by the owner; restorable
    available     boolean NOT NULL DEFAULT true,    -- false while the gif or its owner is deleted
    PRIMARY KEY (collection_id, gif_id)
);
CREATE INDEX collection_items_order ON collection_items (collection_id, position) WHERE removed_at IS NULL;
CREATE INDEX collection_items_gif ON collection_items (gif_id);
CREATE INDEX collection_items_trash ON collection_items (collection_id, removed_at DESC) WHERE removed_at IS NOT NULL;

CREATE TABLE share_links (
    id               uuid PRIMARY KEY,
    collection_id    uuid NOT NULL REFERENCES collections (id) ON DELETE CASCADE,
    token_hash       bytea NOT NULL,                -- SHA-256 of the token
    token_sealed     bytea NOT NULL,                -- encrypted, to be shown to the owner again
    label            text,
    password_hash    text,
    password_version int NOT NULL DEFAULT 0,        -- a new password ends every unlock
    expires_at       timestamptz,
    max_views        bigint,
    view_count       bigint NOT NULL DEFAULT 0,
    last_viewed_at   timestamptz,
    created_at       timestamptz NOT NULL,
    revoked_at       timestamptz
);
CREATE UNIQUE INDEX share_links_token_hash ON share_links (token_hash);
CREATE INDEX share_links_collection ON share_links (collection_id, created_at DESC, id DESC) WHERE revoked_at IS NULL;

-- link_id is the zero UUID for views of the collection itself. Rows outlive their link, so that the sum stays true.
CREATE TABLE collection_views (
    collection_id uuid NOT NULL REFERENCES collections (id) ON DELETE CASCADE,
    link_id       uuid NOT NULL,
    day           date NOT NULL,
    views         bigint NOT NULL,
    PRIMARY KEY (collection_id, link_id, day)
);

CREATE TABLE collection_likes (
    collection_id uuid NOT NULL REFERENCES collections (id) ON DELETE CASCADE,
    user_id       uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at    timestamptz NOT NULL,
    PRIMARY KEY (collection_id, user_id)
);
CREATE INDEX collection_likes_user ON collection_likes (user_id);
