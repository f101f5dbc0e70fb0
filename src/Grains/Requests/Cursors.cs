using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace GifShare.Grains.Requests;

/// <summary>
/// Opaque cursors of keyset pages: the position of the last row, with a truncated HMAC-SHA256 over the position and the list's identity (name, owner,
/// filter, order). A cursor is invalid for any other list and grants no access: the list checks its caller as usual.
/// </summary>
public sealed class Cursors(MasterKey master)
{
    private const int TagLength = 12;
    private readonly byte[] key = master.Derive("gifshare/cursor/v1");

    public string Protect(string list, string position)
    {
        var text = Encoding.UTF8.GetBytes(position);
        var bytes = new byte[TagLength + text.Length];
        Tag(list, text, bytes);
        text.CopyTo(bytes, TagLength);
        return Base64Url.EncodeToString(bytes);
    }

    /// <summary>False when the cursor does not belong to this list. A null cursor is the first page: true, with a null position.</summary>
    public bool TryRead(string list, string? cursor, out string? position)
    {
        position = null;
        if (cursor is null)
            return true;
        var bytes = new byte[Base64Url.GetMaxDecodedLength(cursor.Length)];
        if (!Base64Url.IsValid(cursor) || !Base64Url.TryDecodeFromChars(cursor, bytes, out var length) || length < TagLength)
            return false;
        Span<byte> tag = stackalloc byte[TagLength];
        Tag(list, bytes.AsSpan(TagLength, length - TagLength), tag);
        if (!CryptographicOperations.FixedTimeEquals(tag, bytes.AsSpan(0, TagLength)))
            return false;
        position = Encoding.UTF8.GetString(bytes, TagLength, length - TagLength);
        return true;
    }

    /// <summary>The error for a cursor that <see cref="TryRead"/> refused.</summary>
    public static Error Invalid { get; } = Error.Invalid("cursor", "This cursor does not belong to this list.");

    private void Tag(string list, ReadOnlySpan<byte> position, Span<byte> tag)
    {
        using var mac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
        mac.AppendData(Encoding.UTF8.GetBytes(list));
        mac.AppendData([0]);
        mac.AppendData(position);
        Span<byte> whole = stackalloc byte[32];
        mac.GetHashAndReset(whole);
        whole[..TagLength].CopyTo(tag);
    }
}
