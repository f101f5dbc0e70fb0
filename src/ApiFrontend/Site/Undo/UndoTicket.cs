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
    /// <summary>It was made of what somebody else shows.</summary>
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

/// <summary>What somebody did, so that they can undo it.</summary>
public abstract record UndoTicket;

/// <summary>Something was done to several items.</summary>
/// <param name="Items">Those that left the source, were copied, or came into it.</param>
/// <param name="Target">Where they went; empty for a removal and for new ones.</param>
/// <param name="Arrived">Those that were not in the target before.</param>
/// <param name="IsNewTarget">The target was made for them.</param>
public sealed record SelectionUndo(
    SelectionAction Action, CollectionId Source, ImmutableArray<GifId> Items, CollectionId Target, ImmutableArray<GifId> Arrived, bool IsNewTarget) : UndoTicket;

/// <summary>A whole collection came or went.</summary>
public sealed record CollectionUndo(CollectionAction Action, CollectionId Collection) : UndoTicket;

/// <summary>Fields were changed.</summary>
/// <param name="Owner">The collection; empty for a profile.</param>
/// <param name="Part">Of the collection: the gif or link; empty where it is the collection itself.</param>
public sealed record EditUndo(EditedThing Thing, CollectionId Owner, Guid Part, ImmutableArray<EditedField> Fields) : UndoTicket
{
    /// <summary>Null: nothing was changed.</summary>
    public static EditUndo? Between(
        EditedThing thing, CollectionId owner, Guid part, IReadOnlyDictionary<string, string?> before, IReadOnlyDictionary<string, string?> after)
    {
        var changed = before.Where(field => after[field.Key] != field.Value);
        ImmutableArray<EditedField> fields = [.. changed.Select(field => new EditedField(field.Key, field.Value, EditedField.MarkOf(after[field.Key])))];
        return fields.Length == 0 ? null : new(thing, owner, part, fields);
    }
}

/// <param name="Was">What was in it before.</param>
/// <param name="Mark">Of what came into it: only while that is still there is it put back.</param>
public readonly record struct EditedField(string Name, string? Was, long Mark)
{
    public static long MarkOf(string? value) =>
        value is null ? 0 : BinaryPrimitives.ReadInt64LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(value))) | 1;
}

/// <summary>
/// Tickets stand in the address of the page after a deed, sealed for their user: a page must not offer to undo what somebody else has
/// made up. They hold for a day.
/// </summary>
public sealed class UndoSeals(IDataProtectionProvider protection, TimeProvider time)
{
    private const string Purpose = "gifshare/undo/v2";

    /// <summary>Servers and proxies take addresses of 8 KB.</summary>
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

    /// <summary>Null where there is nothing to undo, or it would be too long: then the page does not offer it.</summary>
    public string? ForAddress(UndoTicket? ticket, UserId user) => ticket is not null && Close(ticket, user) is { Length: <= MostInAddress } text ? text : null;

    /// <summary>Errors: invalid_request (not one of ours, or somebody else's), conflict (too late).</summary>
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
    /// <summary>What a page's address takes along; null where there is nothing to undo.</summary>
    public static string? Undoable(this HttpContext context, CurrentUser user, UndoTicket? ticket) =>
        context.RequestServices.GetRequiredService<UndoSeals>().ForAddress(ticket, user.Id);
}
