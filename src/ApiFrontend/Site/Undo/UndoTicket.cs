using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.WebUtilities;

namespace GifShare.ApiFrontend.Site;

public enum SelectionAction : byte
{
    Removed = 1,
    Moved,
    Copied,
    Added,
}

public enum CollectionAction : byte
{
    /// <summary>The collection is a copy of another user's.</summary>
    Copied = 1,
    Deleted,
}

public enum EditedThing : byte
{
    Collection = 1,
    Item,
    Link,
    Profile,
}

/// <summary>An undoable action.</summary>
public abstract record UndoTicket;

/// <summary>A bulk action on items.</summary>
/// <param name="Items">The removed, moved, copied or added items.</param>
/// <param name="Target">The collection that the items were moved or copied to; empty for removals and additions.</param>
/// <param name="Arrived">The items that were not in the target before.</param>
/// <param name="IsNewTarget">The target was created by this action.</param>
public sealed record SelectionUndo(
    SelectionAction Action, CollectionId Source, ImmutableArray<GifId> Items, CollectionId Target, ImmutableArray<GifId> Arrived, bool IsNewTarget) : UndoTicket;

/// <summary>A collection was created or deleted.</summary>
public sealed record CollectionUndo(CollectionAction Action, CollectionId Collection) : UndoTicket;

/// <summary>Fields were edited.</summary>
/// <param name="Owner">The collection; empty for a profile.</param>
/// <param name="Part">The gif or link in the collection; empty where the collection itself was edited.</param>
public sealed record EditUndo(EditedThing Thing, CollectionId Owner, Guid Part, ImmutableArray<EditedField> Fields) : UndoTicket
{
    /// <returns>Null: nothing was changed.</returns>
    public static EditUndo? Between(
        EditedThing thing, CollectionId owner, Guid part, IReadOnlyDictionary<string, string?> before, IReadOnlyDictionary<string, string?> after)
    {
        var changed = before.Where(field => after[field.Key] != field.Value);
        ImmutableArray<EditedField> fields = [.. changed.Select(field => new EditedField(field.Key, field.Value, EditedField.MarkOf(after[field.Key])))];
        return fields.Length == 0 ? null : new(thing, owner, part, fields);
    }
}

/// <param name="Was">The value before the edit.</param>
/// <param name="Mark">A hash of the value after the edit: the undo applies only while the field still has that value.</param>
public readonly record struct EditedField(string Name, string? Was, long Mark)
{
    public static long MarkOf(string? value) =>
        value is null ? 0 : BinaryPrimitives.ReadInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(value))) | 1;
}

/// <summary>
/// Seals undo tickets for their user (authenticated encryption), since they are part of the next page's URL: a crafted link must not offer an undo.
/// Tickets are valid for a day.
/// </summary>
public sealed class UndoSeals(IDataProtectionProvider protection, TimeProvider time)
{
    private const string Purpose = "gifshare/undo/v2";

    /// <summary>Characters. Servers and proxies accept URLs of 8 KB.</summary>
    private const int MostInAddress = 6_000;

    private const int MostText = 65_536;

    private static readonly TimeSpan Life = TimeSpan.FromDays(1);

    private static readonly Error
        Unknown = new(ErrorCode.InvalidRequest, "This cannot be undone here."),
        Late = Error.Conflict("This could be undone for 24 hours, which have passed.");

    public string Close(UndoTicket ticket, UserId user)
    {
        using var bytes = new MemoryStream();
        using var writer = new BinaryWriter(bytes);
        writer.Write((time.GetUtcNow() + Life).UtcTicks);
        switch (ticket)
        {
            case SelectionUndo selection:
                writer.Write((byte)0);
                Write(writer, selection);
                break;
            case EditUndo edit:
                writer.Write((byte)1);
                Write(writer, edit);
                break;
            case CollectionUndo collection:
                writer.Write((byte)2);
                writer.Write((byte)collection.Action);
                Write(writer, collection.Collection.Value);
                break;
        }

        writer.Flush();
        return WebEncoders.Base64UrlEncode(Sealer(user).Protect(bytes.ToArray()));
    }

    /// <summary>The sealed ticket for a URL; null when there is nothing to undo or the ticket is too long, so that the page offers no undo.</summary>
    public string? ForAddress(UndoTicket? ticket, UserId user) => ticket is not null && Close(ticket, user) is { Length: <= MostInAddress } text ? text : null;

    /// <summary>Errors: invalid_request (forged, or another user's), conflict (expired).</summary>
    public Result<UndoTicket> Open(string? text, UserId user)
    {
        if (text is not { Length: > 0 and < MostText })
            return Unknown;
        try
        {
            using var reader = new BinaryReader(new MemoryStream(Sealer(user).Unprotect(WebEncoders.Base64UrlDecode(text))));
            if (reader.ReadInt64() <= time.GetUtcNow().UtcTicks)
                return Late;
            return reader.ReadByte() switch
            {
                0 => ReadSelection(reader),
                1 => ReadEdit(reader),
                _ => new CollectionUndo((CollectionAction)reader.ReadByte(), new(ReadId(reader))),
            };
        }
        catch (Exception e) when (e is CryptographicException or FormatException)
        {
            return Unknown;
        }
    }

    private static void Write(BinaryWriter writer, SelectionUndo ticket)
    {
        writer.Write((byte)ticket.Action);
        writer.Write(ticket.IsNewTarget);
        Write(writer, ticket.Source.Value);
        Write(writer, ticket.Target.Value);
        foreach (var gifs in (ImmutableArray<GifId>[])[ticket.Items, ticket.Arrived])
        {
            writer.Write7BitEncodedInt(gifs.Length);
            foreach (var gif in gifs)
                Write(writer, gif.Value);
        }
    }

    private static SelectionUndo ReadSelection(BinaryReader reader)
    {
        var (action, isNewTarget) = ((SelectionAction)reader.ReadByte(), reader.ReadBoolean());
        var (source, target) = (new CollectionId(ReadId(reader)), new CollectionId(ReadId(reader)));
        var (items, arrived) = (ReadGifs(), ReadGifs());
        return new(action, source, items, target, arrived, isNewTarget);

        ImmutableArray<GifId> ReadGifs()
        {
            var gifs = new GifId[reader.Read7BitEncodedInt()];
            for (var i = 0; i < gifs.Length; i++)
                gifs[i] = new(ReadId(reader));
            return [.. gifs];
        }
    }

    private static void Write(BinaryWriter writer, EditUndo ticket)
    {
        writer.Write((byte)ticket.Thing);
        Write(writer, ticket.Owner.Value);
        Write(writer, ticket.Part);
        writer.Write7BitEncodedInt(ticket.Fields.Length);
        foreach (var field in ticket.Fields)
        {
            writer.Write(field.Name);
            writer.Write(field.Was is not null);
            writer.Write(field.Was ?? "");
            writer.Write(field.Mark);
        }
    }

    private static EditUndo ReadEdit(BinaryReader reader)
    {
        var (thing, owner, part) = ((EditedThing)reader.ReadByte(), new CollectionId(ReadId(reader)), ReadId(reader));
        var fields = new EditedField[reader.Read7BitEncodedInt()];
        for (var i = 0; i < fields.Length; i++)
        {
            var (name, isSet, was, mark) = (reader.ReadString(), reader.ReadBoolean(), reader.ReadString(), reader.ReadInt64());
            fields[i] = new(name, isSet ? was : null, mark);
        }

        return new(thing, owner, part, [.. fields]);
    }

    private static void Write(BinaryWriter writer, Guid id)
    {
        Span<byte> bytes = stackalloc byte[16];
        id.TryWriteBytes(bytes);
        writer.Write(bytes);
    }

    private static Guid ReadId(BinaryReader reader) => new(reader.ReadBytes(16));

    private IDataProtector Sealer(UserId user) => protection.CreateProtector(Purpose, user.ToString());
}

public static class UndoAddresses
{
    /// <summary>The sealed ticket for the next page's URL; null when there is nothing to undo.</summary>
    public static string? Undoable(this HttpContext context, CurrentUser user, UndoTicket? ticket) =>
        context.RequestServices.GetRequiredService<UndoSeals>().ForAddress(ticket, user.Id);
}
