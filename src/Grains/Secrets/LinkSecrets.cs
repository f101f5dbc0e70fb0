using System.Buffers.Binary;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;

namespace GifShare.Grains.Secrets;

/// <summary>
/// Issues and checks the secrets of share links, all opaque strings: tokens; unlocks (prove the password, bound to link and password version);
/// passes (prove that a capped view was spent, bound to the link).
/// </summary>
public sealed class LinkSecrets(MasterKey master, TimeProvider time)
{
    public static readonly TimeSpan Life = TimeSpan.FromHours(1);
    private const int BodyLength = 16, TagLength = 16;
    private readonly SecretBox seal = new(master, "share-link");
    private readonly byte[] unlockKey = master.Derive("gifshare/link-unlock/v1");
    private readonly byte[] passKey = master.Derive("gifshare/link-pass/v1");
    private readonly byte[] passwordKey = RandomNumberGenerator.GetBytes(32);

    /// <summary>128 random bits, 22 characters.</summary>
    public static string NewToken() => Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(16));

    public byte[] Close(string token, LinkId link) => seal.Close(Encoding.UTF8.GetBytes(token), link.ToString());

    public string Open(byte[] sealedToken, LinkId link) => Encoding.UTF8.GetString(seal.Open(sealedToken, link.ToString()));

    public string Unlock(LinkId link, int passwordVersion) => Issue(unlockKey, link, passwordVersion);

    public bool IsUnlocked(string? unlock, LinkId link, int passwordVersion) => Check(unlockKey, unlock, link, passwordVersion);

    public string Pass(LinkId link) => Issue(passKey, link, 0);

    public bool IsPass(string? pass, LinkId link) => Check(passKey, pass, link, 0);

    /// <summary>
    /// A keyed hash that recognizes a password verified before, so that a popular link does not cost 130 ms per visitor. Valid in this process only.
    /// </summary>
    public byte[] MarkOf(string password, LinkId link, int passwordVersion) =>
        HMACSHA256.HashData(passwordKey, Encoding.UTF8.GetBytes($"{link}\n{passwordVersion}\n{password}"));

    private string Issue(byte[] key, LinkId link, int generation)
    {
        Span<byte> bytes = stackalloc byte[BodyLength + TagLength];
        BinaryPrimitives.WriteInt64BigEndian(bytes, (time.GetUtcNow() + Life).ToUnixTimeMilliseconds());
        RandomNumberGenerator.Fill(bytes[8..BodyLength]);
        Tag(key, bytes[..BodyLength], link, generation, bytes[BodyLength..]);
        return Base64Url.EncodeToString(bytes);
    }

    private bool Check(byte[] key, string? text, LinkId link, int generation)
    {
        Span<byte> bytes = stackalloc byte[BodyLength + TagLength];
        if (text is null || text.Length != 43 || !Base64Url.IsValid(text) || !Base64Url.TryDecodeFromChars(text, bytes, out var length) || length != bytes.Length)
            return false;
        Span<byte> tag = stackalloc byte[TagLength];
        Tag(key, bytes[..BodyLength], link, generation, tag);
        return CryptographicOperations.FixedTimeEquals(tag, bytes[BodyLength..])
            && BinaryPrimitives.ReadInt64BigEndian(bytes) > time.GetUtcNow().ToUnixTimeMilliseconds();
    }

    private static void Tag(byte[] key, ReadOnlySpan<byte> body, LinkId link, int generation, Span<byte> tag)
    {
        Span<byte> text = stackalloc byte[BodyLength + 16 + 4];
        body.CopyTo(text);
        link.Value.TryWriteBytes(text[BodyLength..], bigEndian: true, out _);
        BinaryPrimitives.WriteInt32BigEndian(text[(BodyLength + 16)..], generation);
        Span<byte> whole = stackalloc byte[32];
        HMACSHA256.HashData(key, text, whole);
        whole[..TagLength].CopyTo(tag);
    }
}
