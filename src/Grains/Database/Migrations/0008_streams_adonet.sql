-- What Orleans' AdoNet streams look up where Streams:Provider is adonet; with memory streams nobody touches these tables. The contract is
-- the names, as in 0002. The tables are unlogged: events are hints, and the rows they point at are written ahead in full. After a crash of
-- the server the queues are empty.

-- Logged, unlike the tables: silos that outlive a crash of the server have seen the numbers, and what came later must have a higher one.
CREATE SEQUENCE OrleansStreamMessageSequence;

CREATE UNLOGGED TABLE OrleansStreamMessage (
    ServiceId  text NOT NULL,
    ProviderId text NOT NULL,
    QueueId    text NOT NULL,
    MessageId  bigint NOT NULL DEFAULT nextval('OrleansStreamMessageSequence'),
    Dequeued   int NOT NULL DEFAULT 0,              -- times handed out; with MessageId the receipt for confirming
    VisibleOn  timestamptz NOT NULL DEFAULT now(),
    ExpiresOn  timestamptz NOT NULL,
    CreatedOn  timestamptz NOT NULL DEFAULT now(),
    ModifiedOn timestamptz NOT NULL DEFAULT now(),
    Payload    bytea NOT NULL,
    PRIMARY KEY (ServiceId, ProviderId, QueueId, MessageId)
);

-- What was handed out too often or grew too old.
CREATE UNLOGGED TABLE OrleansStreamDeadLetter (
    ServiceId  text NOT NULL,
    ProviderId text NOT NULL,
    QueueId    text NOT NULL,
    MessageId  bigint NOT NULL,
    Dequeued   int NOT NULL,
    VisibleOn  timestamptz NOT NULL,
    ExpiresOn  timestamptz NOT NULL,
    CreatedOn  timestamptz NOT NULL,
    ModifiedOn timestamptz NOT NULL,
    DeadOn     timestamptz NOT NULL DEFAULT now(),
    RemoveOn   timestamptz NOT NULL,
    Payload    bytea NOT NULL,
    PRIMARY KEY (ServiceId, ProviderId, QueueId, MessageId)
);

-- When a queue is cleaned up next.
CREATE UNLOGGED TABLE OrleansStreamControl (
    ServiceId  text NOT NULL,
    ProviderId text NOT NULL,
    QueueId    text NOT NULL,
    EvictOn    timestamptz NOT NULL,
    PRIMARY KEY (ServiceId, ProviderId, QueueId)
);

INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES

('QueueStreamMessageKey', $q$
INSERT INTO OrleansStreamMessage (ServiceId, ProviderId, QueueId, ExpiresOn, Payload)
VALUES (@ServiceId, @ProviderId, @QueueId, now() + make_interval(secs => @ExpiryTimeout), @Payload)
RETURNING ServiceId, ProviderId, QueueId, MessageId
$q$),

-- Asked several times a second, mostly for nothing: then it writes nothing and locks nothing. Whoever finds the queue due for cleaning and
-- takes the next turn does it along the way.
('GetStreamMessagesKey', $q$
WITH turn AS (
    INSERT INTO OrleansStreamControl (ServiceId, ProviderId, QueueId, EvictOn)
    SELECT @ServiceId, @ProviderId, @QueueId, now() + make_interval(secs => @EvictionInterval)
    WHERE NOT EXISTS (
        SELECT FROM OrleansStreamControl
        WHERE ServiceId = @ServiceId AND ProviderId = @ProviderId AND QueueId = @QueueId AND EvictOn > now())
    ON CONFLICT (ServiceId, ProviderId, QueueId) DO UPDATE SET EvictOn = excluded.EvictOn
        WHERE OrleansStreamControl.EvictOn <= now()
    RETURNING 1
), past AS (
    SELECT MessageId
    FROM OrleansStreamMessage
    WHERE ServiceId = @ServiceId AND ProviderId = @ProviderId AND QueueId = @QueueId
      AND VisibleOn <= now() AND (Dequeued >= @MaxAttempts OR ExpiresOn <= now()) AND EXISTS (SELECT FROM turn)
    ORDER BY MessageId
    LIMIT @EvictionBatchSize
    FOR UPDATE SKIP LOCKED
), gone AS (
    DELETE FROM OrleansStreamMessage m
    USING past
    WHERE m.ServiceId = @ServiceId AND m.ProviderId = @ProviderId AND m.QueueId = @QueueId AND m.MessageId = past.MessageId
    RETURNING m.*
), kept AS (
    INSERT INTO OrleansStreamDeadLetter
        (ServiceId, ProviderId, QueueId, MessageId, Dequeued, VisibleOn, ExpiresOn, CreatedOn, ModifiedOn, RemoveOn, Payload)
    SELECT ServiceId, ProviderId, QueueId, MessageId, Dequeued, VisibleOn, ExpiresOn, CreatedOn, ModifiedOn,
           now() + make_interval(secs => @RemovalTimeout), Payload
    FROM gone
), forgotten AS (
    DELETE FROM OrleansStreamDeadLetter
    WHERE ServiceId = @ServiceId AND ProviderId = @ProviderId AND QueueId = @QueueId AND EXISTS (SELECT FROM turn)
      AND MessageId IN (
        SELECT MessageId
        FROM OrleansStreamDeadLetter
        WHERE ServiceId = @ServiceId AND ProviderId = @ProviderId AND QueueId = @QueueId AND RemoveOn <= now()
        LIMIT @EvictionBatchSize)
), next AS (
    SELECT MessageId
    FROM OrleansStreamMessage
    WHERE ServiceId = @ServiceId AND ProviderId = @ProviderId AND QueueId = @QueueId
      AND VisibleOn <= now() AND Dequeued < @MaxAttempts AND ExpiresOn > now()
    ORDER BY MessageId
    LIMIT @MaxCount
    FOR UPDATE
)
UPDATE OrleansStreamMessage m
SET Dequeued = m.Dequeued + 1, VisibleOn = now() + make_interval(secs => @VisibilityTimeout), ModifiedOn = now()
FROM next
WHERE m.ServiceId = @ServiceId AND m.ProviderId = @ProviderId AND m.QueueId = @QueueId AND m.MessageId = next.MessageId
RETURNING m.ServiceId, m.ProviderId, m.QueueId, m.MessageId, m.Dequeued, m.VisibleOn, m.ExpiresOn, m.CreatedOn, m.ModifiedOn, m.Payload
$q$),

-- Items is "id:dequeued|id:dequeued|…". A message is deleted only on its last receipt: one that was handed out again in the meantime
-- stays. A negative receipt gives the message back at once (a receiver that stops).
('ConfirmStreamMessagesKey', $q$
WITH item AS (
    SELECT split_part(value, ':', 1)::bigint AS MessageId, split_part(value, ':', 2)::int AS Receipt
    FROM unnest(string_to_array(@Items, '|')) AS value
), done AS (
    DELETE FROM OrleansStreamMessage m
    USING item
    WHERE m.ServiceId = @ServiceId AND m.ProviderId = @ProviderId AND m.QueueId = @QueueId
      AND m.MessageId = item.MessageId AND m.Dequeued = item.Receipt
    RETURNING m.ServiceId, m.ProviderId, m.QueueId, m.MessageId
), back AS (
    UPDATE OrleansStreamMessage m
    SET VisibleOn = now(), ModifiedOn = now()
    FROM item
    WHERE m.ServiceId = @ServiceId AND m.ProviderId = @ProviderId AND m.QueueId = @QueueId
      AND m.MessageId = item.MessageId AND m.Dequeued = -item.Receipt
    RETURNING m.ServiceId, m.ProviderId, m.QueueId, m.MessageId
)
SELECT * FROM done UNION ALL SELECT * FROM back
$q$),

('FailStreamMessageKey', $q$
WITH again AS (
    UPDATE OrleansStreamMessage
    SET VisibleOn = now(), ModifiedOn = now()
    WHERE ServiceId = @ServiceId AND ProviderId = @ProviderId AND QueueId = @QueueId AND MessageId = @MessageId AND Dequeued < @MaxAttempts
), gone AS (
    DELETE FROM OrleansStreamMessage
    WHERE ServiceId = @ServiceId AND ProviderId = @ProviderId AND QueueId = @QueueId AND MessageId = @MessageId AND Dequeued >= @MaxAttempts
    RETURNING *
)
INSERT INTO OrleansStreamDeadLetter
    (ServiceId, ProviderId, QueueId, MessageId, Dequeued, VisibleOn, ExpiresOn, CreatedOn, ModifiedOn, RemoveOn, Payload)
SELECT ServiceId, ProviderId, QueueId, MessageId, Dequeued, VisibleOn, ExpiresOn, CreatedOn, ModifiedOn,
       now() + make_interval(secs => @RemovalTimeout), Payload
FROM gone
$q$),

-- The provider wants these two to be there and does not call them: GetStreamMessagesKey cleans up.
('EvictStreamMessagesKey', $q$
WITH past AS (
    SELECT MessageId
    FROM OrleansStreamMessage
    WHERE ServiceId = @ServiceId AND ProviderId = @ProviderId AND QueueId = @QueueId
      AND VisibleOn <= now() AND (Dequeued >= @MaxAttempts OR ExpiresOn <= now())
    ORDER BY MessageId
    LIMIT @MaxCount
    FOR UPDATE SKIP LOCKED
), gone AS (
    DELETE FROM OrleansStreamMessage m
    USING past
    WHERE m.ServiceId = @ServiceId AND m.ProviderId = @ProviderId AND m.QueueId = @QueueId AND m.MessageId = past.MessageId
    RETURNING m.*
)
INSERT INTO OrleansStreamDeadLetter
    (ServiceId, ProviderId, QueueId, MessageId, Dequeued, VisibleOn, ExpiresOn, CreatedOn, ModifiedOn, RemoveOn, Payload)
SELECT ServiceId, ProviderId, QueueId, MessageId, Dequeued, VisibleOn, ExpiresOn, CreatedOn, ModifiedOn,
       now() + make_interval(secs => @RemovalTimeout), Payload
FROM gone
$q$),

('EvictStreamDeadLettersKey', $q$
DELETE FROM OrleansStreamDeadLetter
WHERE ServiceId = @ServiceId AND ProviderId = @ProviderId AND QueueId = @QueueId
  AND MessageId IN (
    SELECT MessageId
    FROM OrleansStreamDeadLetter
    WHERE ServiceId = @ServiceId AND ProviderId = @ProviderId AND QueueId = @QueueId AND RemoveOn <= now()
    LIMIT @MaxCount)
$q$);
