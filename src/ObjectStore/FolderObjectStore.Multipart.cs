using System.Globalization;
using System.Security.Cryptography;

namespace GifShare.ObjectStore;

/// <summary>Multipart uploads: a folder each, a file per part that ends with the SHA-256 of its bytes, which is the part's ETag.</summary>
public sealed partial class FolderObjectStore
{
    public const string PartsPath = AddressSigner.MediaPath + "parts/";
    const string PartScope = "part-";
    const int MaxParts = 10_000;

    public Task<string> CreateMultipartAsync(CancellationToken cancel)
    {
        var id = RandomNumberGenerator.GetHexString(32, lowercase: true);
        return Task.Run(() => DurableFile.Guard(() =>
        {
            Directory.CreateDirectory(Path.Combine(_uploads, id));
            DurableFile.SyncFolder(_uploads);
            return id;
        }), CancellationToken.None);
    }

    public string AddressOfPart(string uploadId, int number, long length)
    {
        if (!IsToken(uploadId) || number is < 1 or > MaxParts || length < 1)
            throw new ArgumentException("Not a part of an upload.");
        return _signer.SignPath($"{PartsPath}{uploadId}/{number}", $"{PartScope}{length}", _time.GetUtcNow());
    }

    /// <summary>Reads back what <see cref="AddressOfPart"/> signed. False: answer 404.</summary>
    public static bool TryVerifyPart(AddressSigner signer, string uploadId, int number, string? signature, DateTimeOffset now, out long length)
    {
        length = 0;
        return signer.TryVerifyPath($"{PartsPath}{uploadId}/{number}", signature, now, out var scope, out _)
            && scope.StartsWith(PartScope, StringComparison.Ordinal)
            && long.TryParse(scope.AsSpan(PartScope.Length), NumberStyles.None, CultureInfo.InvariantCulture, out length);
    }

    public async Task<UploadedPart?> ReceivePartAsync(string uploadId, int number, long length, Stream content, CancellationToken cancel)
    {
        if (FolderOf(uploadId) is not { } folder || number is < 1 or > MaxParts)
            return null;
        var staged = await StageAllAsync([content], length, trailer: true, cancel);
        if (staged is null)
            return null;
        var path = StagedPath(staged);
        if (staged.Length != length)
        {
            TryDelete(path);
            return null;
        }
        return await Task.Run(() => DurableFile.Guard(() =>
        {
            try
            {
                File.Move(path, Path.Combine(folder, PartName(number)), overwrite: true);
                DurableFile.SyncFolder(folder);
            }
            catch (Exception e) when (e is IOException && !Directory.Exists(folder) && Directory.Exists(_uploads))
            {
                // Completed or aborted meanwhile.
                TryDelete(path);
                return null;
            }
            return new UploadedPart(number, staged.Sha256, length);
        }), CancellationToken.None);
    }

    public async Task<IReadOnlyList<UploadedPart>?> ListPartsAsync(string uploadId, CancellationToken cancel)
    {
        if (FolderOf(uploadId) is not { } folder)
            return null;
        List<UploadedPart> parts = [];
        foreach (var number in await Task.Run(() => PartNumbers(folder), cancel))
        {
            await using var part = OpenPart(folder, number);
            if (part is not null)
                parts.Add(new UploadedPart(number, part.ETag, part.Length));
        }
        return parts;
    }

    public async Task<MultipartOutcome> CompleteMultipartAsync(string uploadId, IReadOnlyList<PartReference> parts, CancellationToken cancel)
    {
        if (FolderOf(uploadId) is not { } folder)
            return new MultipartOutcome(MultipartStatus.UnknownUpload);
        if (parts.Count is 0 or > MaxParts || parts.Where((part, i) => part.Number != i + 1).Any())
            return new MultipartOutcome(MultipartStatus.BadManifest);
        foreach (var wanted in parts)
        {
            await using var part = OpenPart(folder, wanted.Number);
            if (part is null || part.ETag != wanted.ETag)
                return new MultipartOutcome(MultipartStatus.PartMismatch, Part: wanted.Number);
        }
        var changed = 0;
        var staged = await StageAllAsync(Contents(), long.MaxValue, trailer: false, cancel);
        if (changed != 0)
        {
            await DiscardAsync(staged!, cancel);
            return new MultipartOutcome(MultipartStatus.PartMismatch, Part: changed);
        }
        await AbortMultipartAsync(uploadId, CancellationToken.None);
        return new MultipartOutcome(MultipartStatus.Completed, staged);

        // One open part at a time. A part that is sent again meanwhile is another file, so each is read whole or noticed as changed.
        IEnumerable<Stream> Contents()
        {
            foreach (var wanted in parts)
            {
                using var part = OpenPart(folder, wanted.Number);
                if (part is null || part.ETag != wanted.ETag)
                {
                    changed = wanted.Number;
                    yield break;
                }
                yield return part;
            }
        }
    }

    public Task<bool> AbortMultipartAsync(string uploadId, CancellationToken cancel) =>
        FolderOf(uploadId) is { } folder ? Task.Run(() => DurableFile.Guard(() => DeleteUpload(folder)), CancellationToken.None) : Task.FromResult(false);

    static string PartName(int number) => number.ToString("d5", CultureInfo.InvariantCulture);

    string? FolderOf(string uploadId)
    {
        if (!IsToken(uploadId))
            return null;
        var folder = Path.Combine(_uploads, uploadId);
        return Directory.Exists(folder) || Absent(_uploads) ? folder : null;
    }

    static List<int> PartNumbers(string folder)
    {
        try
        {
            return [.. Directory.EnumerateFiles(folder).Select(path => int.Parse(Path.GetFileName(path), CultureInfo.InvariantCulture)).Order()];
        }
        catch (DirectoryNotFoundException)
        {
            return [];
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw DurableFile.Unavailable(e);
        }
    }

    static bool DeleteUpload(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
            return true;
        }
        catch (DirectoryNotFoundException)
        {
            return false;
        }
    }

    static PartStream? OpenPart(string folder, int number)
    {
        try
        {
            return new PartStream(Path.Combine(folder, PartName(number)));
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return null;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw DurableFile.Unavailable(e);
        }
    }

    /// <summary>A part's bytes without the hash at their end.</summary>
    sealed class PartStream : Stream
    {
        readonly FileStream _file;

        public PartStream(string path)
        {
            _file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
            Length = _file.Length - DurableFile.TrailerLength;
            Span<byte> hash = stackalloc byte[DurableFile.TrailerLength];
            if (Length < 0 || RandomAccess.Read(_file.SafeFileHandle, hash, Length) != hash.Length)
            {
                _file.Dispose();
                throw new IOException("A stored part is broken.");
            }
            ETag = Convert.ToHexStringLower(hash);
        }

        public string ETag { get; }

        public override long Length { get; }

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Position { get; set; }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

        public override int Read(Span<byte> buffer)
        {
            try
            {
                var read = _file.Read(buffer[..(int)Math.Min(buffer.Length, Length - Position)]);
                Position += read;
                return read;
            }
            catch (IOException e)
            {
                throw DurableFile.Unavailable(e);
            }
        }

        public override void Flush() { }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing)
                _file.Dispose();
            base.Dispose(disposing);
        }
    }
}
