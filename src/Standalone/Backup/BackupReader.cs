using System.Security.Cryptography;
using GifShare.Grains;
using GifShare.ObjectStore;

namespace GifShare.Standalone.Backup;

/// <summary>Takes what a backup holds, entry by entry, in the order of <see cref="BackupFormat"/>.</summary>
internal interface IBackupTarget
{
    Task BeginAsync(TarEntry entry, CancellationToken cancellationToken);

    Task WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancellationToken);

    Task EndAsync(CancellationToken cancellationToken);
}

/// <summary>
/// Reads a backup from its first byte to its last and believes nothing: order, names, sizes, the hash of each stored file and the hash of the whole.
/// With nowhere to put it, that is the verification.
/// </summary>
internal sealed class BackupReader : IDisposable
{
    private readonly FileStream _file;
    private readonly string _path;
    private readonly byte[] _buffer = new byte[128 << 10];
    private readonly IncrementalHash _whole = IncrementalHash.CreateHash(HashAlgorithmName.SHA256), _object = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private BackupManifest? _manifest;
    private Stage _stage;
    private string _lastObject = "";
    private int _pieces;
    private long _objects;

    private BackupReader(string path, FileStream file) => (_path, _file) = (path, file);

    private enum Stage
    {
        Start,
        Manifest,
        MasterKey,
        Settings,
        Database,
        Objects,
    }

    public long Length => _file.Length;

    /// <summary>How many stored files were in it, after it was read.</summary>
    public long Objects => _objects;

    /// <exception cref="StartFailedException">There is no such file.</exception>
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

    /// <summary>All of it, to <paramref name="target"/> if there is one. May be called again.</summary>
    /// <exception cref="StartFailedException">It is not a backup, not complete, damaged, or newer than this program.</exception>
    public async Task<BackupManifest> ReadAsync(IBackupTarget? target, Progress progress, CancellationToken cancellationToken)
    {
        (_manifest, _stage, _lastObject, _pieces, _objects) = (null, Stage.Start, "", 0, 0);
        _file.Position = 0;
        _ = _whole.GetHashAndReset();
        while (true)
        {
            var block = _buffer.AsMemory(0, TarBlock.Size);
            if (_file.Length - _file.Position < TarBlock.Size)
                throw _stage == Stage.Start ? Foreign() : Incomplete();
            await _file.ReadExactlyAsync(block, cancellationToken);
            if (TarBlock.Read(block.Span) is not { } entry)
                throw _stage == Stage.Start ? Foreign() : Damaged();
            if (entry.Name == BackupFormat.End && _stage >= Stage.Database)
            {
                await ReadEndAsync(cancellationToken);
                return _manifest!;
            }

            Accept(entry);
            if (entry.Length + TarBlock.Padding(entry.Length) > _file.Length - _file.Position)
                throw Incomplete();
            _whole.AppendData(block.Span);
            if (_stage == Stage.Manifest)
                await ReadManifestAsync(entry, cancellationToken);
            else
                await ReadContentAsync(entry, target, progress, cancellationToken);
        }
    }

    public void Dispose()
    {
        _file.Dispose();
        _whole.Dispose();
        _object.Dispose();
    }

    /// <summary>Is this what may come next? Only these names exist, so none can lead anywhere.</summary>
    private void Accept(TarEntry entry)
    {
        var next = entry.Name switch
        {
            BackupFormat.Manifest when _stage == Stage.Start && entry.Length <= BackupFormat.LongestManifest => Stage.Manifest,
            BackupFormat.MasterKey when _stage == Stage.Manifest && entry.Length == BackupFormat.MasterKeyLength => Stage.MasterKey,
            BackupFormat.Settings when _stage == Stage.MasterKey && entry.Length <= BackupFormat.LongestSettings => Stage.Settings,
            _ when _stage is Stage.MasterKey or Stage.Settings or Stage.Database && entry.Length is > 0 and <= BackupFormat.DatabasePiece
                && entry.Name == BackupFormat.Database(_pieces) => Stage.Database,
            _ when _stage is Stage.Database or Stage.Objects && entry.Name.StartsWith(BackupFormat.Objects, StringComparison.Ordinal)
                && string.CompareOrdinal(entry.Name, _lastObject) > 0 && ObjectKey.TryParse(entry.Name[BackupFormat.Objects.Length..], out _) => Stage.Objects,
            _ => Stage.Start,
        };
        if (next == Stage.Start)
            throw _stage == Stage.Start ? Foreign() : Damaged();
        if (next == Stage.Database)
            _pieces++;
        if (next == Stage.Objects)
            (_lastObject, _objects) = (entry.Name, _objects + 1);
        _stage = next;
    }

    private async Task ReadManifestAsync(TarEntry entry, CancellationToken cancellationToken)
    {
        var content = _buffer.AsMemory(0, (int)entry.Length + TarBlock.Padding(entry.Length));
        await _file.ReadExactlyAsync(content, cancellationToken);
        _whole.AppendData(content.Span);
        _manifest = BackupManifest.Parse(content.Span[..(int)entry.Length]) ?? throw Damaged();
        if (_manifest.Format > BackupFormat.Version || _manifest.Schema > Migrations.Newest)
        {
            throw new StartFailedException(
                $"{_path} was made by a newer GifShare ({_manifest.Product}, format {_manifest.Format}, schema {_manifest.Schema}) than this one "
                + $"({BackupFormat.Version}, {Migrations.Newest}); restore it with that one.");
        }
    }

    private async Task ReadContentAsync(TarEntry entry, IBackupTarget? target, Progress progress, CancellationToken cancellationToken)
    {
        if (target is not null)
            await target.BeginAsync(entry, cancellationToken);
        for (var left = entry.Length; left > 0;)
        {
            var piece = _buffer.AsMemory(0, (int)Math.Min(left, _buffer.Length));
            await _file.ReadExactlyAsync(piece, cancellationToken);
            _whole.AppendData(piece.Span);
            if (_stage == Stage.Objects)
                _object.AppendData(piece.Span);
            if (target is not null)
                await target.WriteAsync(piece, cancellationToken);
            left -= piece.Length;
            progress.Reached(_file.Position);
        }

        if (_stage == Stage.Objects && !entry.Name.AsSpan(BackupFormat.Objects.Length).StartsWith(Convert.ToHexStringLower(_object.GetHashAndReset())))
            throw Damaged();
        var padding = _buffer.AsMemory(0, TarBlock.Padding(entry.Length));
        await _file.ReadExactlyAsync(padding, cancellationToken);
        _whole.AppendData(padding.Span);
        if (target is not null)
            await target.EndAsync(cancellationToken);
    }

    /// <summary>Everything from the last header on is what follows from the hash of what was before, and then the file ends.</summary>
    private async Task ReadEndAsync(CancellationToken cancellationToken)
    {
        var tail = BackupFormat.Tail(_whole.GetHashAndReset(), _objects);
        _file.Position -= TarBlock.Size;
        var there = _buffer.AsMemory(0, tail.Length);
        if (_file.Length - _file.Position < tail.Length)
            throw Incomplete();
        await _file.ReadExactlyAsync(there, cancellationToken);
        if (!there.Span.SequenceEqual(tail) || _objects > _manifest!.Objects)
            throw Damaged();
        if (_file.Position != _file.Length)
            throw new StartFailedException($"{_path} is damaged: something follows after its end. Nothing was restored.");
    }

    private StartFailedException Foreign() => new($"{_path} is not a backup of GifShare, or its beginning is damaged. Nothing was restored.");

    private StartFailedException Incomplete() => new($"{_path} is not complete: it ends too early. Nothing was restored.");

    private StartFailedException Damaged() => new($"{_path} is damaged before byte {_file.Position}. Nothing was restored.");
}
