using System.Buffers;
using System.Collections.Concurrent;
using System.Globalization;
using System.IO.Hashing;
using System.Security.Cryptography;

namespace GifShare.ObjectStore;

/// <summary>
/// Uploads in parts of the folder store. All parts of an upload are written into one file, each at its place, so that completing renames it instead of
/// copying gigabytes: <c>uploads/{token}/data</c>. Beside it, an empty file per stored part says what it is:
/// <c>{number}-{offset}-{size}-{entity tag}</c>.
/// <para>
/// Two requests may write the same part at once (a dead connection, and the client that sends again). Therefore completing hashes what is in the
/// file and compares; and it first waits until nobody writes (<c>flock</c>, which <see cref="FileShare"/> takes: shared by writers, exclusive here), since
/// whoever keeps the file open could change an object after its hash was taken.
/// </para>
/// </summary>
sealed class FolderUploads(string root, string staging, Action checkRoom)
{
    const int BufferSize = 64 * 1024;
    const int LookEvery = 1 << 20;

    /// <summary>How long completing waits for writers in other processes; those of this one are cancelled.</summary>
    static readonly TimeSpan WriterPatience = TimeSpan.FromSeconds(5), WriterPause = TimeSpan.FromMilliseconds(20);

    readonly ConcurrentDictionary<(string Token, Guid Writer), CancellationTokenSource> writers = new();

    public Task<MultipartUpload> BeginAsync() => Task.Run(() => DurableFile.Guard(() =>
    {
        checkRoom();
        var token = RandomNumberGenerator.GetHexString(32, lowercase: true);
        var folder = Path.Combine(root, token);
        Directory.CreateDirectory(folder);
        File.Create(DataOf(token)).Dispose();
        DurableFile.SyncFolder(folder);
        DurableFile.SyncFolder(root);
        return new MultipartUpload(token, "");
    }));

    public async Task<ReceivedPart?> PutAsync(string token, PartPlace place, Stream content, CancellationToken cancel)
    {
        var me = (token, Guid.NewGuid());
        using var ended = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        writers[me] = ended;
        try
        {
            return await WriteAsync(token, place, content, ended.Token);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            // The upload was completed or aborted.
            return null;
        }
        finally
        {
            writers.TryRemove(me, out _);
        }
    }

    public IReadOnlyList<ReceivedPart>? List(string token) => DurableFile.Guard(() => Receipts(token) is { } receipts
        ? receipts.GroupBy(receipt => receipt.Number).OrderBy(group => group.Key)
            .Select(group => group.First())
            .Select(receipt => new ReceivedPart(receipt.Number, receipt.ETag, receipt.Size)).ToList()
        : null);

    public Task<long?> CompleteAsync(string token, IReadOnlyList<ReceivedPart> parts, CancellationToken cancel) => DurableFile.GuardAsync(async () =>
    {
        var staged = Path.Combine(staging, token);
        if (Receipts(token) is not { } receipts)
            return Exists(staged);
        await using (var data = await SealAsync(token, cancel))
        {
            // Completed by another request while this one waited.
            if (data is null)
                return Exists(staged);
            var wrong = await WrongPartsAsync(data, parts, receipts, cancel);
            if (wrong.Count > 0)
            {
                foreach (var receipt in receipts.Where(receipt => wrong.Contains(receipt.Number)))
                    File.Delete(Path.Combine(root, token, receipt.Name));
                throw new PartsMismatchException(wrong);
            }

            data.SetLength(parts.Sum(part => part.Size));
            await Task.Run(() => data.Flush(flushToDisk: true), CancellationToken.None);
            File.Move(DataOf(token), staged);
            DurableFile.SyncFolder(staging);
        }

        Directory.Delete(Path.Combine(root, token), recursive: true);
        return parts.Sum(part => part.Size);
    });

    public Task<bool> AbortAsync(string token)
    {
        CancelWriters(token);
        return Task.Run(() => DurableFile.Guard(() => DeleteFolder(new(Path.Combine(root, token)))));
    }

    public int Sweep(DateTime before, IReadOnlySet<string> kept) => new DirectoryInfo(root).EnumerateDirectories()
        .Count(folder => folder.LastWriteTimeUtc < before && !kept.Contains(folder.Name) && File.GetLastWriteTimeUtc(Path.Combine(folder.FullName, "data")) < before && DeleteFolder(folder));

    string DataOf(string token) => Path.Combine(root, token, "data");

    static long? Exists(string staged) => new FileInfo(staged) is { Exists: true } file ? file.Length : null;

    static bool DeleteFolder(DirectoryInfo folder)
    {
        try
        {
            folder.Delete(recursive: true);
            return true;
        }
        catch (DirectoryNotFoundException)
        {
            return folder.Parent!.Exists ? false : throw new IOException("The folder of uploads is gone.");
        }
    }

    async Task<ReceivedPart?> WriteAsync(string token, PartPlace place, Stream content, CancellationToken cancel)
    {
        checkRoom();
        await using var data = OpenForWriting(token);
        if (data is null)
            return null;
        data.Position = place.Offset;
        var hash = new XxHash128();
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            for (long left = place.Length, looked = left; left > 0;)
            {
                var read = await content.ReadAsync(buffer.AsMemory(0, (int)Math.Min(BufferSize, left)), cancel);
                if (read == 0)
                    throw new EndOfStreamException("The part is shorter than announced.");
                left -= read;
                if (looked - left >= LookEvery)
                {
                    checkRoom();
                    looked = left;
                }

                hash.Append(buffer.AsSpan(0, read));
                await DurableFile.GuardAsync(() => data.WriteAsync(buffer.AsMemory(0, read), cancel));
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        var part = new ReceivedPart(place.Number, Convert.ToHexStringLower(hash.GetCurrentHash()), place.Length);
        return await Task.Run(() => DurableFile.Guard(() => Acknowledge(token, data, place, part)), CancellationToken.None) ? part : null;
    }

    bool Acknowledge(string token, FileStream data, PartPlace place, ReceivedPart part)
    {
        data.Flush(flushToDisk: true);
        var folder = Path.Combine(root, token);
        var receipt = new Receipt(part.Number, place.Offset, part.Size, part.ETag);
        try
        {
            foreach (var older in Directory.EnumerateFiles(folder, $"{part.Number}-*"))
                File.Delete(older);
            File.WriteAllBytes(Path.Combine(folder, receipt.Name), []);
            DurableFile.SyncFolder(folder);
            return true;
        }
        catch (DirectoryNotFoundException)
        {
            return false;
        }
    }

    FileStream? OpenForWriting(string token)
    {
        try
        {
            return new FileStream(DataOf(token), FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete, bufferSize: 0);
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return Directory.Exists(root) ? null : throw DurableFile.Unavailable(e);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Also while the upload is being completed.
            throw DurableFile.Unavailable(e);
        }
    }

    /// <summary>Opens the file so that nobody else writes it; null when the upload is gone.</summary>
    async Task<FileStream?> SealAsync(string token, CancellationToken cancel)
    {
        CancelWriters(token);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        patience.CancelAfter(WriterPatience);
        while (true)
        {
            try
            {
                return new FileStream(DataOf(token), FileMode.Open, FileAccess.ReadWrite, FileShare.None, bufferSize: 0);
            }
            catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
            {
                return null;
            }
            catch (IOException) when (!patience.IsCancellationRequested)
            {
                await Task.Delay(WriterPause, CancellationToken.None);
            }
        }
    }

    void CancelWriters(string token)
    {
        foreach (var (writer, ended) in writers)
            if (writer.Token == token)
            {
                try
                {
                    ended.Cancel();
                }
                catch (ObjectDisposedException)
                {
                    // It has just ended by itself.
                }
            }
    }

    static async Task<List<int>> WrongPartsAsync(FileStream data, IReadOnlyList<ReceivedPart> parts, List<Receipt> receipts, CancellationToken cancel)
    {
        List<int> wrong = [];
        var buffer = ArrayPool<byte>.Shared.Rent(BufferSize);
        try
        {
            long offset = 0;
            foreach (var part in parts)
            {
                if (!receipts.Any(receipt => (receipt.Number, receipt.Offset, receipt.Size, receipt.ETag) == (part.Number, offset, part.Size, part.ETag))
                    || await HashAsync(data, offset, part.Size, buffer, cancel) != part.ETag)
                    wrong.Add(part.Number);
                offset += part.Size;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        return wrong;
    }

    static async Task<string> HashAsync(FileStream data, long offset, long size, byte[] buffer, CancellationToken cancel)
    {
        var hash = new XxHash128();
        data.Position = offset;
        while (size > 0 && await data.ReadAsync(buffer.AsMemory(0, (int)Math.Min(BufferSize, size)), cancel) is var read and > 0)
        {
            hash.Append(buffer.AsSpan(0, read));
            size -= read;
        }

        return size == 0 ? Convert.ToHexStringLower(hash.GetCurrentHash()) : "";
    }

    List<Receipt>? Receipts(string token)
    {
        try
        {
            return [.. new DirectoryInfo(Path.Combine(root, token)).EnumerateFiles().Select(Receipt.Read).OfType<Receipt>()];
        }
        catch (DirectoryNotFoundException)
        {
            return Directory.Exists(root) ? null : throw new IOException("The folder of uploads is gone.");
        }
    }

    /// <summary>A stored part, as the name of its file says it.</summary>
    sealed record Receipt(int Number, long Offset, long Size, string ETag)
    {
        public string Name => string.Create(CultureInfo.InvariantCulture, $"{Number}-{Offset}-{Size}-{ETag}");

        public static Receipt? Read(FileInfo file) => file.Name.Split('-') is [var number, var offset, var size, var etag]
            ? new(int.Parse(number, CultureInfo.InvariantCulture), long.Parse(offset, CultureInfo.InvariantCulture), long.Parse(size, CultureInfo.InvariantCulture), etag)
            : null;
    }
}
