using System.Formats.Tar;
using System.Security.Cryptography;
using GifShare.Grains.Database;
using GifShare.ObjectStore;
using GifShare.Standalone.Host;

namespace GifShare.Standalone.Backup;

/// <summary>Receives the entries of a backup, in the order of <see cref="BackupFormat"/>.</summary>
internal interface IBackupTarget
{
    Task BeginAsync(TarEntry entry, CancellationToken cancellationToken);

    Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);

    Task EndAsync(CancellationToken cancellationToken);
}

/// <summary>
/// Reads a backup sequentially and validates everything: order, names, sizes, the hash of each stored file and the hash of the whole.
/// Without a target, reading is the verification.
/// </summary>
internal sealed class BackupReader : IDisposable
{
    private readonly FileStream file;
    private readonly string path;
    private readonly byte[] buffer = new byte[128 << 10];
    private readonly IncrementalHash whole = IncrementalHash.CreateHash(HashAlgorithmName.SHA256), objectHash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private BackupManifest? manifest;
    private Stage stage;
    private string lastObject = "";
    private int pieces;
    private long objects;

    private BackupReader(string path, FileStream file) => (this.path, this.file) = (path, file);

    private enum Stage
    {
        Start,
        Manifest,
        MasterKey,
        Settings,
        Database,
        Objects,
    }

    public long Length => file.Length;

    /// <summary>The number of stored files read.</summary>
    public long Objects => objects;

    /// <exception cref="StartFailedException">The file does not exist or cannot be read.</exception>
    public static BackupReader Open(string path)
    {
        path = Path.GetFullPath(path);
        try
        {
            return new BackupReader(path, new FileStream(path, new FileStreamOptions { Options = FileOptions.SequentialScan, BufferSize = 1 << 17 }));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new StartFailedException($"The backup cannot be read: {e.Message}", ExitCodes.Usage, e);
        }
    }

    /// <summary>Reads the whole backup, into <paramref name="target"/> if there is one. May be called again.</summary>
    /// <exception cref="StartFailedException">The file is not a backup, is truncated or damaged, or was written by a newer program.</exception>
    public async Task<BackupManifest> ReadAsync(IBackupTarget? target, Progress progress, CancellationToken cancellationToken)
    {
        (manifest, stage, lastObject, pieces, objects) = (null, Stage.Start, "", 0, 0);
        file.Position = 0;
        _ = whole.GetHashAndReset();
        await using var tar = new TarReader(file, leaveOpen: true);
        while (true)
        {
            var ended = file.Position;
            await RefuseExtensionsAsync(cancellationToken);
            var entry = await NextAsync(tar, cancellationToken);
            // Read the header again ourselves: every byte after the previous entry must be in the hash, whatever the tar reader made of it.
            file.Position = entry.DataOffset - BackupFormat.Block;
            if (file.Position != ended)
                throw stage == Stage.Start ? Foreign() : Damaged();
            if (entry.Name == BackupFormat.End && stage >= Stage.Database)
            {
                await ReadEndAsync(cancellationToken);
                return manifest!;
            }

            var block = buffer.AsMemory(0, BackupFormat.Block);
            await file.ReadExactlyAsync(block, cancellationToken);
            Accept(entry);
            if (entry.Length + BackupFormat.Padding(entry.Length) > file.Length - file.Position)
                throw Incomplete();
            whole.AppendData(block.Span);
            if (stage == Stage.Manifest)
                await ReadManifestAsync(entry, cancellationToken);
            else
                await ReadContentAsync(entry, target, progress, cancellationToken);
        }
    }

    public void Dispose()
    {
        file.Dispose();
        whole.Dispose();
        objectHash.Dispose();
    }

    /// <summary>Rejects extension entries: the tar reader would consume them silently, outside of the hash. A backup has none.</summary>
    private async Task RefuseExtensionsAsync(CancellationToken cancellationToken)
    {
        const int typeFlag = 156;
        var start = file.Position;
        if (start + BackupFormat.Block > file.Length)
            return;
        var header = buffer.AsMemory(0, BackupFormat.Block);
        await file.ReadExactlyAsync(header, cancellationToken);
        file.Position = start;
        if (header.Span[typeFlag] is not ((byte)'0' or 0))
            throw stage == Stage.Start ? Foreign() : Damaged();
    }

    /// <summary>Maps the tar reader's exceptions for malformed headers (sparse files, absurd sizes, wrong checksums) to one error.</summary>
    private async Task<TarEntry> NextAsync(TarReader tar, CancellationToken cancellationToken)
    {
        try
        {
            return await tar.GetNextEntryAsync(copyData: false, cancellationToken) ?? throw (stage == Stage.Start ? Foreign() : Incomplete());
        }
        catch (EndOfStreamException) when (stage != Stage.Start)
        {
            throw Incomplete();
        }
        catch (Exception e) when (e is EndOfStreamException or not (IOException or OperationCanceledException or StartFailedException))
        {
            throw stage == Stage.Start ? Foreign() : Damaged();
        }
    }

    /// <summary>Checks the entry's name and order. Only these names are accepted, so path traversal is impossible.</summary>
    private void Accept(TarEntry entry)
    {
        var next = entry.Name switch
        {
            _ when entry.EntryType != TarEntryType.RegularFile => Stage.Start,
            BackupFormat.Manifest when stage == Stage.Start && entry.Length <= BackupFormat.LongestManifest => Stage.Manifest,
            BackupFormat.MasterKey when stage == Stage.Manifest && entry.Length == BackupFormat.MasterKeyLength => Stage.MasterKey,
            BackupFormat.Settings when stage == Stage.MasterKey && entry.Length <= BackupFormat.LongestSettings => Stage.Settings,
            _ when stage is Stage.MasterKey or Stage.Settings or Stage.Database && entry.Length is > 0 and <= BackupFormat.DatabasePiece
                && entry.Name == BackupFormat.Database(pieces) => Stage.Database,
            _ when stage is Stage.Database or Stage.Objects && entry.Name.StartsWith(BackupFormat.Objects, StringComparison.Ordinal)
                && string.CompareOrdinal(entry.Name, lastObject) > 0 && ObjectKey.TryParse(entry.Name[BackupFormat.Objects.Length..], out _) => Stage.Objects,
            _ => Stage.Start,
        };
        if (next == Stage.Start)
            throw stage == Stage.Start ? Foreign() : Damaged();
        if (next == Stage.Database)
            pieces++;
        if (next == Stage.Objects)
            (lastObject, objects) = (entry.Name, objects + 1);
        stage = next;
    }

    private async Task ReadManifestAsync(TarEntry entry, CancellationToken cancellationToken)
    {
        var content = buffer.AsMemory(0, (int)entry.Length + BackupFormat.Padding(entry.Length));
        await file.ReadExactlyAsync(content, cancellationToken);
        whole.AppendData(content.Span);
        manifest = BackupManifest.Parse(content.Span[..(int)entry.Length]) ?? throw Damaged();
        if (manifest.Format > BackupFormat.Version || manifest.Schema > Migrations.Newest)
        {
            throw new StartFailedException(
                $"{path} was made by a newer GifShare ({manifest.Product}, format {manifest.Format}, schema {manifest.Schema}) than this one "
                + $"({BackupFormat.Version}, {Migrations.Newest}); restore it with that one.");
        }
    }

    private async Task ReadContentAsync(TarEntry entry, IBackupTarget? target, Progress progress, CancellationToken cancellationToken)
    {
        if (target is not null)
            await target.BeginAsync(entry, cancellationToken);
        for (var left = entry.Length; left > 0;)
        {
            var piece = buffer.AsMemory(0, (int)Math.Min(left, buffer.Length));
            await file.ReadExactlyAsync(piece, cancellationToken);
            whole.AppendData(piece.Span);
            if (stage == Stage.Objects)
                objectHash.AppendData(piece.Span);
            if (target is not null)
                await target.WriteAsync(piece, cancellationToken);
            left -= piece.Length;
            progress.Reached(file.Position);
        }

        if (stage == Stage.Objects && !entry.Name.AsSpan(BackupFormat.Objects.Length).StartsWith(Convert.ToHexStringLower(objectHash.GetHashAndReset())))
            throw Damaged();
        var padding = buffer.AsMemory(0, BackupFormat.Padding(entry.Length));
        await file.ReadExactlyAsync(padding, cancellationToken);
        whole.AppendData(padding.Span);
        if (target is not null)
            await target.EndAsync(cancellationToken);
    }

    /// <summary>Verifies that the rest of the file equals <see cref="BackupFormat.Tail"/> of the computed hash.</summary>
    private async Task ReadEndAsync(CancellationToken cancellationToken)
    {
        var tail = BackupFormat.Tail(whole.GetHashAndReset(), objects);
        var there = buffer.AsMemory(0, tail.Length);
        if (file.Length - file.Position < tail.Length)
            throw Incomplete();
        await file.ReadExactlyAsync(there, cancellationToken);
        if (!there.Span.SequenceEqual(tail) || objects > manifest!.Objects)
            throw Damaged();
        if (file.Position != file.Length)
            throw new StartFailedException($"{path} is damaged: something follows after its end. Nothing was restored.");
    }

    private StartFailedException Foreign() => new($"{path} is not a backup of GifShare, or its beginning is damaged. Nothing was restored.");

    private StartFailedException Incomplete() => new($"{path} is not complete: it ends too early. Nothing was restored.");

    private StartFailedException Damaged() => new($"{path} is damaged before byte {file.Position}. Nothing was restored.");
}
