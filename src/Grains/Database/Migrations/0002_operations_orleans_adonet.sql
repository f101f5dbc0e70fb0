-- What Orleans' AdoNet clustering and grain storage look up in this database. The contract is the
-- names: OrleansQuery holds one statement per key, and the providers bind the parameters by name. The statements are this project's own.
-- Unquoted names fold to lower case; the providers read columns without regard to case.

CREATE TABLE OrleansQuery (
    QueryKey  text PRIMARY KEY,
    QueryText text NOT NULL
);

-- One row per cluster: every change of its members takes the next version, so two silos never act on the same view.
CREATE TABLE OrleansMembershipVersionTable (
    DeploymentId text PRIMARY KEY,
    Version      int NOT NULL DEFAULT 0,
    ChangedAt    timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE OrleansMembershipTable (
    DeploymentId text NOT NULL REFERENCES OrleansMembershipVersionTable,
    Address      text NOT NULL,
    Port         int NOT NULL,
    Generation   int NOT NULL,
    SiloName     text NOT NULL,
    HostName     text NOT NULL,
    Status       int NOT NULL,              -- Orleans.Runtime.SiloStatus; 3 is Active
    ProxyPort    int NOT NULL,              -- 0: no gateway
    SuspectTimes text,
    StartTime    timestamptz NOT NULL,
    IAmAliveTime timestamptz NOT NULL,
    PRIMARY KEY (DeploymentId, Address, Port, Generation)
);

-- Bookkeeping of streams (PubSubStore) and nothing of ours. A cleared state keeps its row and version, without a payload.
CREATE TABLE OrleansStorage (
    ServiceId             text NOT NULL,
    GrainTypeString       text NOT NULL,
    GrainIdN0             bigint NOT NULL,
    GrainIdN1             bigint NOT NULL,
    GrainIdExtensionString text,
    PayloadBinary         bytea,
    Version               int NOT NULL,
    ModifiedAt            timestamptz NOT NULL DEFAULT now(),
    UNIQUE NULLS NOT DISTINCT (ServiceId, GrainTypeString, GrainIdN0, GrainIdN1, GrainIdExtensionString)
);

INSERT INTO OrleansQuery (QueryKey, QueryText) VALUES

('InsertMembershipVersionKey', $q$
WITH made AS (
    INSERT INTO OrleansMembershipVersionTable (DeploymentId) VALUES (@DeploymentId)
    ON CONFLICT DO NOTHING
    RETURNING 1
)
SELECT EXISTS (SELECT FROM made)
$q$),

-- Taking the next version locks the cluster's row: of two silos that saw the same version, the second finds it gone.
('InsertMembershipKey', $q$
WITH next AS (
    UPDATE OrleansMembershipVersionTable v
    SET Version = v.Version + 1, ChangedAt = now()
    WHERE v.DeploymentId = @DeploymentId AND v.Version = @Version
      AND NOT EXISTS (
        SELECT FROM OrleansMembershipTable m
        WHERE m.DeploymentId = @DeploymentId AND m.Address = @Address AND m.Port = @Port AND m.Generation = @Generation)
    RETURNING v.DeploymentId
), made AS (
    INSERT INTO OrleansMembershipTable
        (DeploymentId, Address, Port, Generation, SiloName, HostName, Status, ProxyPort, StartTime, IAmAliveTime)
    SELECT DeploymentId, @Address, @Port, @Generation, @SiloName, @HostName, @Status, @ProxyPort, @StartTime, @IAmAliveTime
    FROM next
    RETURNING 1
)
SELECT EXISTS (SELECT FROM made)
$q$),

('UpdateMembershipKey', $q$
WITH next AS (
    UPDATE OrleansMembershipVersionTable v
    SET Version = v.Version + 1, ChangedAt = now()
    WHERE v.DeploymentId = @DeploymentId AND v.Version = @Version
      AND EXISTS (
        SELECT FROM OrleansMembershipTable m
        WHERE m.DeploymentId = @DeploymentId AND m.Address = @Address AND m.Port = @Port AND m.Generation = @Generation)
    RETURNING v.DeploymentId
), changed AS (
    UPDATE OrleansMembershipTable m
    SET Status = @Status, SuspectTimes = @SuspectTimes, IAmAliveTime = @IAmAliveTime
    FROM next
    WHERE m.DeploymentId = next.DeploymentId AND m.Address = @Address AND m.Port = @Port AND m.Generation = @Generation
    RETURNING 1
)
SELECT EXISTS (SELECT FROM changed)
$q$),

-- A sign of life changes no version: it is written every few seconds and nobody decides by it alone.
('UpdateIAmAlivetimeKey', $q$
UPDATE OrleansMembershipTable SET IAmAliveTime = @IAmAliveTime
WHERE DeploymentId = @DeploymentId AND Address = @Address AND Port = @Port AND Generation = @Generation
$q$),

-- Both reads give the cluster's version even when no silo matches: then the silo's columns are null.
('MembershipReadRowKey', $q$
SELECT v.Version, m.Address, m.Port, m.Generation, m.SiloName, m.HostName, m.Status, m.ProxyPort, m.SuspectTimes, m.StartTime, m.IAmAliveTime
FROM OrleansMembershipVersionTable v
LEFT JOIN OrleansMembershipTable m
    ON m.DeploymentId = v.DeploymentId AND m.Address = @Address AND m.Port = @Port AND m.Generation = @Generation
WHERE v.DeploymentId = @DeploymentId
$q$),

('MembershipReadAllKey', $q$
SELECT v.Version, m.Address, m.Port, m.Generation, m.SiloName, m.HostName, m.Status, m.ProxyPort, m.SuspectTimes, m.StartTime, m.IAmAliveTime
FROM OrleansMembershipVersionTable v
LEFT JOIN OrleansMembershipTable m ON m.DeploymentId = v.DeploymentId
WHERE v.DeploymentId = @DeploymentId
$q$),

('GatewaysQueryKey', $q$
SELECT Address, ProxyPort, Generation
FROM OrleansMembershipTable
WHERE DeploymentId = @DeploymentId AND Status = @Status AND ProxyPort > 0
$q$),

('DeleteMembershipTableEntriesKey', $q$
WITH members AS (
    DELETE FROM OrleansMembershipTable WHERE DeploymentId = @DeploymentId
)
DELETE FROM OrleansMembershipVersionTable WHERE DeploymentId = @DeploymentId
$q$),

('CleanupDefunctSiloEntriesKey', $q$
DELETE FROM OrleansMembershipTable
WHERE DeploymentId = @DeploymentId AND Status <> 3 AND greatest(IAmAliveTime, StartTime) < @IAmAliveTime
$q$),

('ReadFromStorageKey', $q$
SELECT PayloadBinary, Version
FROM OrleansStorage
WHERE ServiceId = @ServiceId AND GrainTypeString = @GrainTypeString AND GrainIdN0 = @GrainIdN0 AND GrainIdN1 = @GrainIdN1
  AND GrainIdExtensionString IS NOT DISTINCT FROM @GrainIdExtensionString
$q$),

-- Always one row: the new version, or the caller's own unchanged one, which is how the provider notices a conflict.
('WriteToStorageKey', $q$
WITH made AS (
    INSERT INTO OrleansStorage (ServiceId, GrainTypeString, GrainIdN0, GrainIdN1, GrainIdExtensionString, PayloadBinary, Version)
    SELECT @ServiceId, @GrainTypeString, @GrainIdN0, @GrainIdN1, @GrainIdExtensionString, @PayloadBinary, 1
    WHERE @GrainStateVersion IS NULL
    ON CONFLICT DO NOTHING
    RETURNING Version
), changed AS (
    UPDATE OrleansStorage
    SET PayloadBinary = @PayloadBinary, Version = Version + 1, ModifiedAt = now()
    WHERE ServiceId = @ServiceId AND GrainTypeString = @GrainTypeString AND GrainIdN0 = @GrainIdN0 AND GrainIdN1 = @GrainIdN1
      AND GrainIdExtensionString IS NOT DISTINCT FROM @GrainIdExtensionString AND Version = @GrainStateVersion
    RETURNING Version
)
SELECT coalesce((SELECT Version FROM made), (SELECT Version FROM changed), @GrainStateVersion) AS NewGrainStateVersion
$q$),

('ClearStorageKey', $q$
WITH changed AS (
    UPDATE OrleansStorage
    SET PayloadBinary = NULL, Version = Version + 1, ModifiedAt = now()
    WHERE ServiceId = @ServiceId AND GrainTypeString = @GrainTypeString AND GrainIdN0 = @GrainIdN0 AND GrainIdN1 = @GrainIdN1
      AND GrainIdExtensionString IS NOT DISTINCT FROM @GrainIdExtensionString AND Version = @GrainStateVersion
    RETURNING Version
)
SELECT coalesce((SELECT Version FROM changed), @GrainStateVersion) AS NewGrainStateVersion
$q$);
