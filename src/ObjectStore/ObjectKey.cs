using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace GifShare.ObjectStore;

/// <summary>
/// The content-addressed key of a stored object: <c>{sha256}.{extension}</c>, 64 lower-case hexadecimal digits and one of the extensions below.
/// Identical bytes are stored once.
/// </summary>
public readonly record struct ObjectKey
{
    const int HashLength = 64;
    static readonly SearchValues<char> LowerHex = SearchValues.Create("0123456789abcdef");

    ObjectKey(string sha256, string extension) => (Sha256, Extension) = (sha256, extension);

    /// <summary>SHA-256 of the bytes, 64 lower-case hexadecimal digits.</summary>
    public string Sha256 { get; }

    /// <summary><c>gif</c>, <c>png</c>, <c>jpg</c>, <c>webp</c>, <c>mp4</c> or <c>webm</c>: determined from the content, never from what the client claims.</summary>
    public string Extension { get; }

    /// <summary>The media type of the extension, as served.</summary>
    public string ContentType => TypeOf(Extension) ?? "application/octet-stream";

    /// <summary>
    /// The PostgreSQL advisory lock that serialises all changes of references to these bytes (see <see cref="IObjectStore"/>):
    /// <c>SELECT pg_advisory_xact_lock(@lockId)</c>. The same for all extensions of one hash.
    /// </summary>
    public long LockId => unchecked((long)ulong.Parse(Sha256.AsSpan(0, 16), NumberStyles.HexNumber, CultureInfo.InvariantCulture));

    /// <exception cref="ArgumentException">The hash is not 64 lower-case hexadecimal digits, or the extension is not supported.</exception>
    public static ObjectKey Of(string sha256, string extension) =>
        TryParse($"{sha256}.{extension}", out var key) ? key : throw new ArgumentException($"No object key: {sha256}.{extension}");

    /// <summary>Parses exactly the form that <see cref="ToString"/> produces; false for anything else (paths, upper case).</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out ObjectKey key)
    {
        key = default;
        if (text is null || text.Length is <= HashLength + 1 or > HashLength + 5 || text[HashLength] != '.')
            return false;
        if (!IsLowerHex(text.AsSpan(0, HashLength)) || TypeOf(text[(HashLength + 1)..]) is null)
            return false;
        key = new ObjectKey(text[..HashLength], text[(HashLength + 1)..]);
        return true;
    }

    public override string ToString() => $"{Sha256}.{Extension}";

    internal static bool IsLowerHex(ReadOnlySpan<char> text) => !text.ContainsAnyExcept(LowerHex);

    static string? TypeOf(string extension) => extension switch
    {
        "gif" => "image/gif",
        "png" => "image/png",
        "jpg" => "image/jpeg",
        "webp" => "image/webp",
        "mp4" => "video/mp4",
        "webm" => "video/webm",
        _ => null,
    };
}
