using System.Globalization;
using GifShare.Accounts;
using GifShare.ApiFrontend.Accounts;
using GifShare.Collections;
using GifShare.Gifs;

namespace GifShare.ApiFrontend.Collections;

/// <summary>
/// Undo of form edits. A field that was changed again since keeps its current value: each write is conditional on what was read just before (a version,
/// or the values themselves), and the grain refuses it on a mismatch.
/// </summary>
internal sealed class FieldUndo(IGrainFactory grains, UserId user, TimeProvider time)
{
    /// <summary>Attempts of the read and the conditional write, in case of concurrent edits.</summary>
    private const int Tries = 5;

    private static readonly Error Overtaken = Error.Conflict("It was changed again meanwhile, so it cannot be undone.");

    public static Dictionary<string, string?> Of(Collection collection) =>
        new() { ["name"] = collection.Name, ["description"] = collection.Description, ["visibility"] = collection.Visibility, ["allowCopies"] = collection.AllowCopies ? "1" : null };

    public static Dictionary<string, string?> Of(PlacedItem item) => new()
    {
        ["title"] = item.Item.Gif.Shown?.Title,
        ["altText"] = item.Item.Gif.Shown?.AltText,
        ["tags"] = string.Join('\n', item.Item.Gif.Shown?.Tags ?? []),
        ["rating"] = item.Item.Gif.Shown?.Rating,
        ["note"] = item.Item.Note,
        ["place"] = item.Place.ToString(CultureInfo.InvariantCulture),
        ["cover"] = item.Cover?.ToString(),
    };

    public static Dictionary<string, string?> Of(ShareLink link) => new()
    {
        ["label"] = link.Label,
        ["expiresAt"] = link.ExpiresAt?.ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture),
        ["maxViews"] = link.MaxViews?.ToString(CultureInfo.InvariantCulture),
    };

    /// <summary>True: all fields were restored. False: some had been changed again.</summary>
    public async Task<Result<bool>> Undo(EditUndo ticket)
    {
        var (mostOpen, isWhole) = (0, true);
        for (var tries = 1; ; tries++)
        {
            if (!(await Read(ticket)).Succeeded(out var present, out var gone))
                return gone.Code == ErrorCode.NotFound ? Overtaken : gone;
            var open = ticket.Fields.Where(field => present.Values[field.Name] != field.Was).ToList();
            // The second click of a double click: already undone.
            if (open.Count == 0)
                return true;
            var back = open.Where(field => EditedField.MarkOf(present.Values[field.Name]) == field.Mark).ToDictionary(field => field.Name, field => field.Was);
            mostOpen = Math.Max(mostOpen, open.Count);
            isWhole &= back.Count == open.Count;
            if (back.Count == 0)
                return open.Count < mostOpen ? false : Overtaken;
            if (await Write(ticket, new(back), present) is not { } error)
                return isWhole;
            if (error.Code != ErrorCode.VersionMismatch || tries == Tries)
                return error;
        }
    }

    private async Task<Result<Present>> Read(EditUndo ticket)
    {
        switch (ticket.Thing)
        {
            case EditedThing.Collection:
                return (await grains.Collection(ticket.Owner).Get(user)).Succeeded(out var collection, out var error)
                    ? new Present(Of(collection), $"\"{collection.Version}\"")
                    : error;
            case EditedThing.Item:
                return (await grains.Collection(ticket.Owner).GetItem(user, new(ticket.Part))).Succeeded(out var item, out error)
                    ? new Present(Of(item), $"\"{item.Collection.Version}\"")
                    : error;
            case EditedThing.Link:
                return (await grains.Collection(ticket.Owner).GetLink(user, new(ticket.Part))).Succeeded(out var link, out error) ? new Present(Of(link), $"\"{link.Version}\"") : error;
            default:
                return (await grains.User(user).GetMe()).Succeeded(out var me, out error) ? new Present(ProfileFields.Of(me), null) : error;
        }
    }

    private async Task<Error?> Write(EditUndo ticket, FieldTexts back, Present present)
    {
        var collection = grains.Collection(ticket.Owner);
        switch (ticket.Thing)
        {
            case EditedThing.Collection:
                return (await collection.Update(
                    user, new CollectionPatch(back["name"], back["description"], back["visibility"], AllowCopies: new(back["allowCopies"].IsSet, back["allowCopies"].Value is not null)),
                    present.IfMatch)).Error;
            case EditedThing.Item:
                return await Write(collection, new(ticket.Part), back, present);
            case EditedThing.Link:
                var until = back["expiresAt"];
                var expiry = until.Value is { } text ? DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(text, CultureInfo.InvariantCulture)) : (DateTimeOffset?)null;
                if (expiry <= time.GetUtcNow())
                    return Error.Conflict("The end date before this one has passed and cannot be set again. Choose another end date, or revoke the link.");
                var views = back["maxViews"];
                var most = views.Value is { } number ? long.Parse(number, CultureInfo.InvariantCulture) : (long?)null;
                return (await collection.UpdateLink(
                    user, new(ticket.Part), new LinkPatch(back["label"], default, new(until.IsSet, expiry), new(views.IsSet, most)), present.IfMatch)).Error;
            default:
                return (await grains.User(user).UpdateProfile(ProfileOf(back), default, ProfileOf(present.Only(back)))).Error;
        }
    }

    /// <summary>A form changes at most one of note, position and cover, so one conditional write with the version that was read suffices.</summary>
    private async Task<Error?> Write(ICollectionGrain collection, GifId gif, FieldTexts back, Present present)
    {
        var texts = TextsOf(back);
        if (texts != new GifPatch())
        {
            if ((await grains.Gif(gif).Update(user, texts, TextsOf(present.Only(back)))).Error is { } error)
                return error;
            // Pages of collections are updated asynchronously; this makes the next request see the change.
            await collection.GifsChanged([gif]);
        }

        if (back["note"] is { IsSet: true } note && (await collection.UpdateItem(user, gif, new(Note: note), present.IfMatch)).Error is { } refused)
            return refused;
        if (back["place"] is { IsSet: true, Value: { } place }
            && (await collection.PlaceItem(user, gif, int.Parse(place, CultureInfo.InvariantCulture), present.IfMatch)).Error is { } stuck)
            return stuck;
        if (back["cover"] is not { IsSet: true } cover)
            return null;
        var chosen = cover.Value is { } text && GifId.TryParse(text, out var was) ? was : (GifId?)null;
        var updated = await collection.Update(user, new CollectionPatch(CoverGifId: new(true, chosen)), present.IfMatch);
        return updated.Error is { Code: ErrorCode.InvalidRequest } ? Error.Conflict("The earlier cover is not in the collection any more.") : updated.Error;
    }

    private static GifPatch TextsOf(FieldTexts fields)
    {
        var tags = fields["tags"];
        return new(
            fields["title"], fields["altText"],
            tags.IsSet ? new(true, [.. tags.Value?.Split('\n', StringSplitOptions.RemoveEmptyEntries) ?? []]) : default, fields["rating"]);
    }

    private static ProfilePatch ProfileOf(FieldTexts fields) => new(
        fields["displayName"], fields["firstName"], fields["lastName"], fields["bio"], fields["website"], fields["location"], default,
        fields["isPrivate"] is { IsSet: true } isPrivate ? isPrivate.Value is not null : default(Patch<bool?>));

    /// <param name="IfMatch">The version that the values were read from; null where there is none.</param>
    private sealed record Present(Dictionary<string, string?> Values, string? IfMatch)
    {
        /// <summary>The current values of those fields.</summary>
        public FieldTexts Only(FieldTexts others) => new(Values.Where(field => others[field.Key].IsSet).ToDictionary());
    }

    private sealed class FieldTexts(Dictionary<string, string?> values)
    {
        /// <summary>A field that is not restored is left unset.</summary>
        public Patch<string> this[string name] => values.TryGetValue(name, out var text) ? new(true, text) : default;
    }
}
