-- A file of a user: while it is uploaded, while it is read, and what it turned out to be. docs/media.md tells its life.
CREATE TABLE media (
    id           uuid PRIMARY KEY,
    owner_id     uuid NOT NULL REFERENCES users (id),
    status       text NOT NULL CHECK (status IN ('pending', 'uploaded', 'ready', 'failed')),
    file_name    text,
    content_type text NOT NULL,                     -- as the client claims, when ready by our own reading
    size         bigint NOT NULL,                   -- as announced, when ready of the stored object
    sha256       text,                              -- of the bytes as they came: as announced, when ready as read
    object_key   text,                              -- when ready
    kind         text,
    width        int,
    height       int,
    alt_text     text,
    source_url   text,                              -- fetched from there
    error_code   text,                              -- when failed
    error_detail text,
    is_used      boolean NOT NULL DEFAULT false,    -- became a gif, whose row then refers to the bytes and counts against the quota
    revision     bigint NOT NULL DEFAULT 0,
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    CHECK ((status = 'ready') = (object_key IS NOT NULL)),
    CHECK ((status = 'failed') = (error_code IS NOT NULL))
);
CREATE INDEX media_owner ON media (owner_id, id);
CREATE INDEX media_sha256 ON media (owner_id, sha256) WHERE status = 'ready';
CREATE INDEX media_object_key ON media (object_key) WHERE object_key IS NOT NULL;
CREATE INDEX media_updated ON media (updated_at);
CREATE INDEX media_source ON media (owner_id, md5(source_url)) WHERE source_url IS NOT NULL;

-- An upload on its way: gone when its media is ready or failed.
CREATE TABLE uploads (
    media_id    uuid PRIMARY KEY REFERENCES media (id) ON DELETE CASCADE,
    token       text UNIQUE,                        -- of the bytes in the store; null until a fetched file is staged
    store_id    text NOT NULL DEFAULT '',           -- the store's own id of an upload in parts
    part_size   bigint NOT NULL DEFAULT 0,
    expires_at  timestamptz NOT NULL,
    due_at      timestamptz,                        -- when a reader may take it: set when the bytes are there, moved on when one takes it
    attempts    int NOT NULL DEFAULT 0,
    found       jsonb,                              -- what a reader found, before it stores the object and settles the media
    -- An upload in chunks (tus), which arrive in order:
    sent        bigint,                             -- bytes that have arrived; null: parts come to addresses, in any order
    turn        bigint NOT NULL DEFAULT 0,          -- who appends: commits with an older number are refused
    tail_token  text,                               -- staged bytes that are too few for a part; repeated at the start of the next one
    tail_size   bigint NOT NULL DEFAULT 0
);
CREATE INDEX uploads_due ON uploads (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX uploads_expiry ON uploads (expires_at);

-- The parts of an upload in chunks, each after the one with the number before.
CREATE TABLE upload_parts (
    media_id uuid NOT NULL REFERENCES uploads (media_id) ON DELETE CASCADE,
    number   int NOT NULL,
    size     bigint NOT NULL,
    etag     text NOT NULL,
    PRIMARY KEY (media_id, number)
);

CREATE OR REPLACE VIEW object_references AS
SELECT object_key, size, false AS is_pending FROM gifs WHERE object_key IS NOT NULL
UNION ALL SELECT avatar_key, 0, false FROM users WHERE avatar_key IS NOT NULL
UNION ALL SELECT object_key, 0, true FROM pending_objects
UNION ALL SELECT object_key, size, false FROM media WHERE object_key IS NOT NULL;

-- What counts against a user's quota, each object once however many rows name it. Besides, announced uploads count.
CREATE VIEW held_objects AS
SELECT owner_id, object_key, size FROM gifs WHERE object_key IS NOT NULL AND deleted_at IS NULL
UNION ALL SELECT owner_id, object_key, size FROM media WHERE object_key IS NOT NULL AND NOT is_used;

-- A gif may be made of a media that is still being fetched or read: until then it has neither bytes nor an address.
ALTER TABLE gifs
    ADD COLUMN media_id uuid,
    ADD COLUMN status text NOT NULL DEFAULT 'ready' CHECK (status IN ('processing', 'ready', 'failed')),
    -- Its media turned out to be bytes of which the owner has another gif already.
    ADD COLUMN is_twin boolean NOT NULL DEFAULT false,
    DROP CONSTRAINT gifs_check,
    ADD CONSTRAINT gifs_what CHECK (
        (status = 'ready' AND (url IS NULL) <> (object_key IS NULL)) OR (status <> 'ready' AND url IS NULL AND object_key IS NULL AND media_id IS NOT NULL));
CREATE INDEX gifs_media ON gifs (media_id) WHERE media_id IS NOT NULL;
CREATE INDEX gifs_processing ON gifs (updated_at) WHERE status = 'processing';
DROP INDEX gifs_owner_object;
CREATE UNIQUE INDEX gifs_owner_object ON gifs (owner_id, object_key) WHERE deleted_at IS NULL AND object_key IS NOT NULL AND NOT is_twin;

DROP TRIGGER gifs_card_changed ON gifs;
CREATE TRIGGER gifs_card_changed AFTER UPDATE ON gifs FOR EACH ROW
    WHEN ((OLD.title, OLD.alt_text, OLD.tags, OLD.rating, OLD.deleted_at, OLD.status) IS DISTINCT FROM (NEW.title, NEW.alt_text, NEW.tags, NEW.rating, NEW.deleted_at, NEW.status))
    EXECUTE FUNCTION notify_card_changed('gif');
