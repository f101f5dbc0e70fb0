using System.Collections.Immutable;
using System.Globalization;
using GifShare.Accounts;
using GifShare.Collections;
using GifShare.Gifs;

namespace GifShare.ApiFrontend.Pages;

/// <summary>
/// The fields that forms change, as texts, and putting back what was in them. A field that was changed again meanwhile keeps what it has.
/// </summary>
internal sealed class Edits(IGrainFactory grains, UserId user, TimeProvider time)
{
    /// <summary>A busy collection may be edited between reading and writing.</summary>
    private const int Tries = 5;

    private static readonly Error Overtaken = Error.Conflict("It was changed again meanwhile, so there is nothing to undo.");

    public static Dictionary<string, string?> Of(Collection collection) =>
        new() { ["name"] = collection.Name, ["description"] = collection.Description, ["visibility"] = collection.Visibility };

    public static Dictionary<string, string?> Of(PlacedItem item) => new()
    {
        ["title"] = item.Item.Gif.Title,
        ["altText"] = item.Item.Gif.AltText,
        ["tags"] = string.Join('\n', item.Item.Gif.Tags),
        ["rating"] = item.Item.Gif.Rating,
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

    public static Dictionary<string, string?> Of(UserProfile me) => new()
    {
        ["displayName"] = me.DisplayName,
        ["firstName"] = me.FirstName,
        ["lastName"] = me.LastName,
        ["bio"] = me.Bio,
        ["website"] = me.Website,
        ["location"] = me.Location,
        ["isPrivate"] = me.IsPrivate ? "1" : null,
    };

    /// <summary>True: all of it. False: some had been changed again.</summary>
    public async Task<Result<bool>> Undo(EditUndo ticket)
    {
        for (var tries = 1; ; tries++)
        {
            if (!(await Read(ticket)).Succeeded(out var present, out var gone))
                return gone.Code == ErrorCode.NotFound ? Overtaken : gone;
            var open = ticket.Fields.Where(field => present.Values[field.Name] != field.Was).ToList();
            // The second of two clicks: what it wants is done.
            if (open.Count == 0)
                return true;
            var back = open.Where(field => EditedField.MarkOf(present.Values[field.Name]) == field.Mark).ToDictionary(field => field.Name, field => field.Was);
            if (back.Count == 0)
                return Overtaken;
            if (await Write(ticket, new(back), present.IfMatch) is not { } error)
                return back.Count == open.Count;
            if (error.Code != ErrorCode.VersionMismatch || tries == Tries)
                return error;
        }
    }

    private async Task<Result<Present>> Read(EditUndo ticket)
    {
        switch (ticket.Thing)
        {
            case EditedThing.Collection:
                if (!(await grains.Collection(ticket.Owner).Read(user, null, counts: false)).Succeeded(out var page, out var error))
                    return error;
                var collection = page.Read(GifShareJson.Default.Collection);
                return new Present(Of(collection), $"\"{collection.Version}\"");
            case EditedThing.Item:
                return (await grains.Collection(ticket.Owner).GetItem(user, new(ticket.Part))).Succeeded(out var item, out error) ? new Present(Of(item), null) : error;
            case EditedThing.Link:
                return (await grains.FindLink(ticket.Owner, new(ticket.Part), user)).Succeeded(out var link, out error) ? new Present(Of(link), $"\"{link.Version}\"") : error;
            default:
                return (await grains.User(user).GetMe()).Succeeded(out var me, out error) ? new Present(Of(me), null) : error;
        }
    }

    private async Task<Error?> Write(EditUndo ticket, Back back, string? ifMatch)
    {
        var collection = grains.Collection(ticket.Owner);
        switch (ticket.Thing)
        {
            case EditedThing.Collection:
                return (await collection.Update(user, new CollectionPatch(back["name"], back["description"], back["visibility"]), ifMatch)).Error;
            case EditedThing.Item:
                return await Write(collection, new(ticket.Part), back);
            case EditedThing.Link:
                var until = back["expiresAt"];
                var expiry = until.Value is { } text ? DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(text, CultureInfo.InvariantCulture)) : (DateTimeOffset?)null;
                if (expiry <= time.GetUtcNow())
                    return Error.Conflict("Before, it was to end at a time that is over, which cannot be set again. Choose another end, or revoke the link.");
                var views = back["maxViews"];
                var most = views.Value is { } number ? long.Parse(number, CultureInfo.InvariantCulture) : (long?)null;
                return (await collection.UpdateLink(user, new(ticket.Part), new LinkPatch(back["label"], default, new(until.IsSet, expiry), new(views.IsSet, most)), ifMatch)).Error;
            default:
                var isPrivate = back["isPrivate"];
                return (await grains.User(user).UpdateProfile(new ProfilePatch(
                    back["displayName"], back["firstName"], back["lastName"], back["bio"], back["website"], back["location"], default,
                    new(isPrivate.IsSet, isPrivate.Value is not null)))).Error;
        }
    }

    private async Task<Error?> Write(ICollectionGrain collection, GifId gif, Back back)
    {
        var tags = back["tags"];
        var texts = new GifPatch(
            back["title"], back["altText"], new(tags.IsSet, tags.Value?.Split('\n', StringSplitOptions.RemoveEmptyEntries).ToImmutableArray() ?? []), back["rating"]);
        if (texts.Title.IsSet || texts.AltText.IsSet || texts.Tags.IsSet || texts.Rating.IsSet)
        {
            if ((await grains.Gif(gif).Update(user, texts)).Error is { } error)
                return error;
            // Pages of collections hear of it a moment later; the one that comes next shows it now.
            await collection.GifsChanged([gif]);
        }

        if (back["note"] is { IsSet: true } note && (await collection.UpdateItem(user, gif, new(Note: note), null)).Error is { } refused)
            return refused;
        if (back["place"] is { IsSet: true, Value: { } place } && (await collection.PlaceItem(user, gif, int.Parse(place, CultureInfo.InvariantCulture))).Error is { } stuck)
            return stuck;
        if (back["cover"] is not { IsSet: true } cover)
            return null;
        var chosen = cover.Value is { } text && GifId.TryParse(text, out var was) ? was : (GifId?)null;
        var updated = await collection.Update(user, new CollectionPatch(CoverGifId: new(true, chosen)), null);
        return updated.Error is { Code: ErrorCode.InvalidRequest } ? Error.Conflict("The cover before this one is not in the collection any more.") : updated.Error;
    }

    private sealed record Present(Dictionary<string, string?> Values, string? IfMatch);

    private sealed class Back(Dictionary<string, string?> values)
    {
        /// <summary>A field that is not put back is left alone.</summary>
        public Patch<string> this[string name] => values.TryGetValue(name, out var was) ? new(true, was) : default;
    }
}
