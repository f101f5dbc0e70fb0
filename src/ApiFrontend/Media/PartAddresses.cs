using System.Buffers.Text;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using GifShare.Media;
using GifShare.ObjectStore;

namespace GifShare.ApiFrontend.Media;

/// <summary>The address of one part of an upload.</summary>
/// <param name="Url">Absolute where clients reach the object store, else path-absolute.</param>
public sealed record PartAddress(int Number, string Url);

/// <summary>
/// Addresses to which clients PUT the parts of an upload: the object store's own where clients reach it, else <c>/media/parts/{media}/{number}?a=…</c>
/// of this frontend. Both fix the length and the content type of the part. The address is the credential.
/// </summary>
public sealed class PartAddresses(MasterKey master, IObjectStore store, TimeProvider time)
{
    public const string Path = "/media/parts/";

    private const int MacBytes = 16;

    private readonly byte[] key = master.Derive("gifshare/part-address/v1");

    /// <param name="ofAnyType">The part may come with any content type or none, where the store's own address would fix it.</param>
    public PartAddress Of(MediaId media, UserId owner, OpenUpload upload, int number, bool ofAnyType = false)
    {
        var place = new PartPlace(number, upload.OffsetOf(number), upload.LengthOf(number));
        var direct = store.AddressOfPart(new(upload.Token, upload.StoreId), place, ofAnyType ? null : upload.ContentType, upload.ExpiresAt - time.GetUtcNow());
        return new(number, direct?.AbsoluteUri ?? Own(media, owner, number, upload.ExpiresAt));
    }

    /// <summary>The address to which a whole file is posted in a form, path-absolute. It is that of part 0.</summary>
    public string OfForm(MediaId media, UserId owner, OpenUpload upload) => Own(media, owner, 0, upload.ExpiresAt);

    /// <summary>Verifies an address in constant time. False when it is malformed, forged or expired.</summary>
    /// <param name="signature">The value of the query parameter <c>a</c>.</param>
    public bool TryVerify(MediaId media, int number, string? signature, out UserId owner)
    {
        owner = default;
        if (signature is not { Length: <= 100 } || signature.Split('.') is not [var user, var end, var mac])
            return false;
        if (!Guid.TryParseExact(user, "N", out var id) || !long.TryParse(end, NumberStyles.None, CultureInfo.InvariantCulture, out var expires))
            return false;
        owner = new(id);
        return expires > time.GetUtcNow().ToUnixTimeSeconds()
            && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(mac), Encoding.UTF8.GetBytes(Mac(media, owner, number, expires)));
    }

    private string Own(MediaId media, UserId owner, int number, DateTimeOffset expiresAt)
    {
        var expires = expiresAt.ToUnixTimeSeconds();
        return string.Create(CultureInfo.InvariantCulture, $"{Path}{media}/{number}?a={owner.Value:N}.{expires}.{Mac(media, owner, number, expires)}");
    }

    private string Mac(MediaId media, UserId owner, int number, long expires)
    {
        Span<byte> mac = stackalloc byte[32];
        HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{media}\n{owner}\n{number}\n{expires}")), mac);
        return Base64Url.EncodeToString(mac[..MacBytes]);
    }
}
