CREATE TABLE collections (
    id           uuid PRIMARY KEY,
    owner_id     uuid NOT NULL REFERENCES users (id),
    name         text NOT NULL,
    description  text,
    visibility   text NOT NULL CHECK (visibility IN ('private', 'shared', 'public')),
    cover_gif_id uuid,                                               -- counts while that gif is in it and visible
    item_count   int NOT NULL DEFAULT 0 CHECK (item_count >= 0),     -- rows of collection_items that are not removed and available
    version      bigint NOT NULL DEFAULT 1,
    key_epoch    int NOT NULL DEFAULT 0,                             -- rises when all positions are written anew
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    deleted_at   timestamptz
);
CREATE INDEX collections_owner_recent ON collections (owner_id, updated_at DESC, id DESC) WHERE deleted_at IS NULL;
CREATE INDEX collections_owner_trash ON collections (owner_id, deleted_at DESC, id DESC) WHERE deleted_at IS NOT NULL;
CREATE INDEX collections_purge ON collections (deleted_at) WHERE deleted_at IS NOT NULL;

-- Beside the collection, so that a view or a like never waits for an edit, nor an edit for them.
CREATE TABLE collection_counters (
    collection_id uuid PRIMARY KEY REFERENCES collections (id) ON DELETE CASCADE,
    view_count    bigint NOT NULL DEFAULT 0,                         -- sum of collection_views
    like_count    bigint NOT NULL DEFAULT 0                          -- rows of collection_likes
) WITH (fillfactor = 50);

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
CREATE INDEX collection_items_order ON collection_items (collection_id, position, gif_id) WHERE removed_at IS NULL;
CREATE INDEX collection_items_added ON collection_items (collection_id, added_at DESC, gif_id DESC) WHERE removed_at IS NULL;
CREATE INDEX collection_items_highest ON collection_items (collection_id, position DESC);
CREATE INDEX collection_items_gif ON collection_items (gif_id);
CREATE INDEX collection_items_trash ON collection_items (collection_id, removed_at DESC) WHERE removed_at IS NOT NULL;
CREATE INDEX collection_items_purge ON collection_items (removed_at) WHERE removed_at IS NOT NULL;

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
) WITH (fillfactor = 70);
CREATE UNIQUE INDEX share_links_token_hash ON share_links (token_hash);
CREATE INDEX share_links_collection ON share_links (collection_id, created_at DESC, id DESC) WHERE revoked_at IS NULL;

-- link_id is the zero UUID for views of the collection itself. Rows outlive their link, so that the sum stays true.
CREATE TABLE collection_views (
    collection_id uuid NOT NULL REFERENCES collections (id) ON DELETE CASCADE,
    link_id       uuid NOT NULL,
    day           date NOT NULL,                    -- UTC
    views         bigint NOT NULL,
    PRIMARY KEY (collection_id, link_id, day)
) WITH (fillfactor = 70);

CREATE TABLE collection_likes (
    collection_id uuid NOT NULL REFERENCES collections (id) ON DELETE CASCADE,
    user_id       uuid NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    created_at    timestamptz NOT NULL,
    PRIMARY KEY (collection_id, user_id)
);
CREATE INDEX collection_likes_user ON collection_likes (user_id);

-- A purged account takes its likes along; the counts follow. Unlikes count for themselves (depth 0).
CREATE FUNCTION uncount_purged_like() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    UPDATE collection_counters SET like_count = like_count - 1 WHERE collection_id = OLD.collection_id;
    RETURN NULL;
END $$;

CREATE TRIGGER collection_likes_purged AFTER DELETE ON collection_likes FOR EACH ROW
    WHEN (pg_trigger_depth() > 0) EXECUTE FUNCTION uncount_purged_like();

-- An order key as OrderKeys.Whole writes it.
CREATE FUNCTION order_key(n int) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT string_agg(substr('0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz', (n / p) % 62 + 1, 1), '' ORDER BY p DESC)
    FROM unnest(ARRAY[238328, 3844, 62, 1]) AS p
$$;
