-- When the rows and the store were last compared, by the first byte of the files' hashes.
CREATE TABLE object_shards (
    shard       smallint PRIMARY KEY CHECK (shard BETWEEN 0 AND 255),
    compared_at timestamptz NOT NULL
);

-- Files that rows refer to and the store does not have. Storing them again deletes the row; so does the next sweep that finds them.
CREATE TABLE lost_objects (
    object_key text PRIMARY KEY,
    noticed_at timestamptz NOT NULL
);

-- Staged bytes that rows name: the store's sweep leaves them, however old they are. A feature with such rows replaces the view.
CREATE VIEW staged_references AS
SELECT u.token, m.created_at FROM uploads u JOIN media m ON m.id = u.media_id WHERE u.token IS NOT NULL
UNION ALL SELECT u.tail_token, m.created_at FROM uploads u JOIN media m ON m.id = u.media_id WHERE u.tail_token IS NOT NULL
UNION ALL SELECT u.found ->> 'token', m.created_at FROM uploads u JOIN media m ON m.id = u.media_id WHERE u.found ->> 'token' IS NOT NULL;

-- A gif whose file is lost has failed, and keeps its key: if the file comes back, so does the gif.
ALTER TABLE gifs
    DROP CONSTRAINT gifs_what,
    ADD CONSTRAINT gifs_what CHECK (CASE status
        WHEN 'ready' THEN (url IS NULL) <> (object_key IS NULL)
        WHEN 'failed' THEN url IS NULL AND (object_key IS NOT NULL OR media_id IS NOT NULL)
        ELSE url IS NULL AND object_key IS NULL AND media_id IS NOT NULL END);
CREATE INDEX gifs_lost ON gifs (object_key) WHERE status = 'failed' AND object_key IS NOT NULL;

-- Counted at each announcement (Media:MaxUnusedPerUser).
CREATE INDEX media_unused ON media (owner_id) WHERE NOT is_used;

-- What a reader has found and is about to store: an acknowledged upload may wait for its reader for long.
CREATE INDEX uploads_found ON uploads ((found ->> 'objectKey')) WHERE found IS NOT NULL;
CREATE OR REPLACE VIEW object_references AS
SELECT object_key, size, false AS is_pending FROM gifs WHERE object_key IS NOT NULL
UNION ALL SELECT avatar_key, 0, false FROM users WHERE avatar_key IS NOT NULL
UNION ALL SELECT object_key, 0, true FROM pending_objects
UNION ALL SELECT object_key, size, false FROM media WHERE object_key IS NOT NULL
UNION ALL SELECT found ->> 'objectKey', 0, true FROM uploads WHERE found IS NOT NULL;
