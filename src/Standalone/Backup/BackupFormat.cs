using System.Formats.Tar;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace GifShare.Standalone.Backup;

/// <summary>
/// A backup is one tar file (POSIX ustar, regular files of mode 0600) with the entries, in this order: manifest, master key, optional settings, the
/// database in pg_dump's custom format split into pieces, every stored file sorted by key, and the end entry, which holds the SHA-256 of everything
/// before it. The bytes after the hashed part are a function of that hash, so every byte of the file is verified.
/// </summary>
internal static class BackupFormat
{
    public const int Version = 1;
    public const string Manifest = "gifshare-backup.json", MasterKey = "master.key", Settings = "appsettings.json", Objects = "objects/", End = "end.json";
    /// <summary>Bytes of a tar block: the size of a header; contents are padded to a multiple of it.</summary>
    public const int Block = 512;
    public const int MasterKeyLength = 32, LongestManifest = 64 << 10, LongestSettings = 1 << 20;

    /// <summary>Bytes. A tar header needs the length up front, which is unknown for a dump: the dump is buffered one piece at a time.</summary>
    public const int DatabasePiece = 8 << 20;

    public static string Database(int piece) => string.Create(CultureInfo.InvariantCulture, $"database/{piece:d6}");

    public static UstarTarEntry Entry(string name, DateTimeOffset modified, Stream content) => new(TarEntryType.RegularFile, name)
    {
        Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        ModificationTime = modified,
        DataStream = content,
    };

    /// <summary>The end entry and tar's two zero blocks: all bytes after the hashed part.</summary>
    public static byte[] Tail(ReadOnlySpan<byte> sha256, long objects)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $$"""{"objects":{{objects}},"sha256":"{{Convert.ToHexStringLower(sha256)}}"}""") + "\n";
        using var tail = new MemoryStream();
        using (var tar = new TarWriter(tail, TarEntryFormat.Ustar, leaveOpen: true))
            tar.WriteEntry(Entry(End, DateTimeOffset.UnixEpoch, new MemoryStream(Encoding.ASCII.GetBytes(text))));
        return tail.ToArray();
    }

    /// <summary>The number of padding bytes after a content of this length.</summary>
    public static int Padding(long length) => (int)(-length & (Block - 1));

    public static string Megabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.#} MB");
}

/// <summary>The contents of a backup. Unknown members are ignored: a newer program of the same format may add some.</summary>
/// <param name="Format"><see cref="BackupFormat.Version"/>.</param>
/// <param name="Product">Version of the program that wrote the backup.</param>
/// <param name="Schema">The newest migration of the database.</param>
/// <param name="Postgres">Major version of pg_dump; an older pg_restore cannot read the dump.</param>
/// <param name="Objects">Number of stored files that the database refers to; the backup holds fewer when some were lost.</param>
internal sealed record BackupManifest(
    int Format, string Product, int Schema, int Postgres, DateTimeOffset CreatedAt, long Users, long Gifs, long Collections, long Objects)
{
    public byte[] ToJson() => [.. JsonSerializer.SerializeToUtf8Bytes(this, JsonSerializerOptions.Web), (byte)'\n'];

    /// <returns>Null when the JSON is not a manifest.</returns>
    public static BackupManifest? Parse(ReadOnlySpan<byte> json)
    {
        try
        {
            return JsonSerializer.Deserialize<BackupManifest>(json, JsonSerializerOptions.Web) is { Format: > 0 } manifest ? manifest : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>Reports progress, at most every few seconds.</summary>
internal sealed class Progress(Action<string> say, string doing, long total)
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(3);
    private long last = TimeProvider.System.GetTimestamp();

    public void Reached(long done)
    {
        if (TimeProvider.System.GetElapsedTime(last) < Every)
            return;
        last = TimeProvider.System.GetTimestamp();
        say(string.Create(CultureInfo.InvariantCulture, $"{doing}: {(total > 0 ? Math.Min(99, done * 100 / total) : 0)} %"));
    }
}
