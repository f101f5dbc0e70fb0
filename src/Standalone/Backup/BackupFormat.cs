using System.Formats.Tar;
using System.Globalization;
using System.Text;
using System.Text.Json;

namespace GifShare.Standalone.Backup;

/// <summary>
/// A backup is one tar file (POSIX ustar, plain files of mode 0600), its entries in this order: the manifest, the master key, perhaps the settings, the database as pg_dump's custom
/// format in pieces, every stored file under its key, in order, and the end, which holds the SHA-256 of everything before itself.
/// What follows that hash can be written anew from it, so no byte of the file is without a check.
/// </summary>
internal static class BackupFormat
{
    public const int Version = 1;
    public const string Manifest = "gifshare-backup.json", MasterKey = "master.key", Settings = "appsettings.json", Objects = "objects/", End = "end.json";
    /// <summary>Bytes of a tar's header; contents are padded to a multiple of it.</summary>
    public const int Block = 512;
    public const int MasterKeyLength = 32, LongestManifest = 64 << 10, LongestSettings = 1 << 20;

    /// <summary>A length is known before a tar entry is written, a dump's is not: it is held in memory one piece at a time.</summary>
    public const int DatabasePiece = 8 << 20;

    public static string Database(int piece) => string.Create(CultureInfo.InvariantCulture, $"database/{piece:d6}");

    public static UstarTarEntry Entry(string name, DateTimeOffset modified, Stream content) => new(TarEntryType.RegularFile, name)
    {
        Mode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        ModificationTime = modified,
        DataStream = content,
    };

    /// <summary>The last entry with tar's two blocks of zeros: all that follows <paramref name="sha256"/>.</summary>
    public static byte[] Tail(ReadOnlySpan<byte> sha256, long objects)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $$"""{"objects":{{objects}},"sha256":"{{Convert.ToHexStringLower(sha256)}}"}""") + "\n";
        using var tail = new MemoryStream();
        using (var tar = new TarWriter(tail, TarEntryFormat.Ustar, leaveOpen: true))
            tar.WriteEntry(Entry(End, DateTimeOffset.UnixEpoch, new MemoryStream(Encoding.ASCII.GetBytes(text))));
        return tail.ToArray();
    }

    /// <summary>Bytes of zeros after a content of this length.</summary>
    public static int Padding(long length) => (int)(-length & (Block - 1));

    public static string Megabytes(long bytes) => string.Create(CultureInfo.InvariantCulture, $"{bytes / 1e6:0.#} MB");
}

/// <summary>What a backup is of. Unknown members are ignored: a newer program of the same format may add some.</summary>
/// <param name="Format"><see cref="BackupFormat.Version"/>.</param>
/// <param name="Product">Version of the program that made it.</param>
/// <param name="Schema">The newest migration of the database.</param>
/// <param name="Postgres">Major version of pg_dump: an older pg_restore cannot read it.</param>
/// <param name="Objects">Stored files that the database refers to; fewer are in the backup when some were lost.</param>
internal sealed record BackupManifest(
    int Format, string Product, int Schema, int Postgres, DateTimeOffset CreatedAt, long Users, long Gifs, long Collections, long Objects)
{
    public byte[] ToJson() => [.. JsonSerializer.SerializeToUtf8Bytes(this, JsonSerializerOptions.Web), (byte)'\n'];

    /// <summary>Null: no manifest.</summary>
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

/// <summary>Says how far it is, every few seconds at most.</summary>
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
