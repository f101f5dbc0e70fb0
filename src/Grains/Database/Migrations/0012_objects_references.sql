-- Bytes that an upload is storing, before the row that will refer to them: nobody purges them meanwhile.
CREATE TABLE pending_objects (
    id uuid PRIMARY KEY,
    object_key text NOT NULL,
    created_at timestamptz NOT NULL
);
CREATE INDEX pending_objects_key ON pending_objects (object_key);
CREATE INDEX pending_objects_created ON pending_objects (created_at);

-- Every row that refers to stored bytes; a feature with a new kind of such rows replaces the view. Read by the sweep and the backup.
CREATE VIEW object_references AS
SELECT object_key, size, false AS is_pending FROM gifs WHERE object_key IS NOT NULL
UNION ALL SELECT avatar_key, 0, false FROM users WHERE avatar_key IS NOT NULL
UNION ALL SELECT object_key, 0, true FROM pending_objects;
