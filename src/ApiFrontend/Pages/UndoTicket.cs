using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.WebUtilities;

namespace GifShare.ApiFrontend.Pages;

public enum SelectionDeed : byte
{
    Removed = 1,
    Moved,
    Copied,
}

/// <summary>
/// What was done to several items, so that it can be undone: it stands in the address of the page after it, sealed, because a page must
/// not offer to undo what somebody else has made up.
/// </summary>
/// <param name="Items">Those that left the collection, or were copied.</param>
/// <param name="Target">Where they went; empty for a removal.</param>
/// <param name="Arrived">Those that were not in the target before.</param>
/// <param name="IsNewTarget">The target was made for them.</param>
public sealed record UndoTicket(SelectionDeed Deed, ImmutableArray<GifId> Items, CollectionId Target, ImmutableArray<GifId> Arrived, bool IsNewTarget)
{
    private const string Purpose = "gifshare/undo/v1";

    public string Seal(IDataProtectionProvider protection, UserId user, CollectionId source)
    {
        var bytes = new byte[2 + 16 + 2 + (16 * (Items.Length + Arrived.Length))];
        bytes[0] = (byte)Deed;
        bytes[1] = (byte)(IsNewTarget ? 1 : 0);
        Target.Value.TryWriteBytes(bytes.AsSpan(2));
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(18), (ushort)Items.Length);
        var at = 20;
        foreach (var gif in (GifId[])[.. Items, .. Arrived])
        {
            gif.Value.TryWriteBytes(bytes.AsSpan(at));
            at += 16;
        }

        return WebEncoders.Base64UrlEncode(Sealer(protection, user, source).Protect(bytes));
    }

    /// <summary>Null when it is not one of ours, or of another user or collection.</summary>
    public static UndoTicket? Open(string? text, IDataProtectionProvider protection, UserId user, CollectionId source)
    {
        if (text is not { Length: > 0 and < 65_536 })
            return null;
        try
        {
            var bytes = Sealer(protection, user, source).Unprotect(WebEncoders.Base64UrlDecode(text)).AsSpan();
            var count = BinaryPrimitives.ReadUInt16LittleEndian(bytes[18..]);
            var all = ImmutableArray.CreateBuilder<GifId>();
            for (var rest = bytes[20..]; rest.Length > 0; rest = rest[16..])
                all.Add(new(new Guid(rest[..16])));
            return new((SelectionDeed)bytes[0], [.. all.Take(count)], new(new Guid(bytes[2..18])), [.. all.Skip(count)], bytes[1] == 1);
        }
        catch (Exception e) when (e is CryptographicException or FormatException)
        {
            return null;
        }
    }

    private static IDataProtector Sealer(IDataProtectionProvider protection, UserId user, CollectionId source) =>
        protection.CreateProtector(Purpose, user.ToString(), source.ToString());
}
