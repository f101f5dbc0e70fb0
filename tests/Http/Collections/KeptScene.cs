using System.IO.Compression;
using System.Net;
using System.Text.Json.Nodes;
using GifShare.Fixtures;
using GifShare.Fixtures.Clients;

namespace GifShare.Http.Tests.Collections;

internal sealed record Kept(string Id, string Title, string Url);

/// <param name="Gif">Null: the look says 200 or 404.</param>
/// <param name="IsDelayed">It may take some seconds until it follows: a page of somebody else's that stays finished that long.</param>
internal sealed record WayToLook(string Name, Kept? Gif, Func<Task<string>> Look, bool IsDelayed = false, bool ShowsTitle = true, bool SaysHidden = true);

/// <summary>An owner with gifs on a shelf that is open in one way, and a keeper who has kept them in every way; how each is looked at, and how the shelf is closed and opened again.</summary>
internal sealed class KeptScene
{
    public List<Kept> Gifs { get; } = [];
    public List<WayToLook> Looks { get; } = [];
    public Func<Task> Close { get; private set; } = null!;
    public Func<Task> Open { get; private set; } = null!;

    public static async Task<KeptScene> Of(ApiClient owner, ApiClient keeper, ApiClient guest, string way)
    {
        var scene = new KeptScene();
        var isPublic = way.StartsWith("public", StringComparison.Ordinal);
        var shelf = await owner.NewCollectionAsync(isPublic ? "public" : "shared", "Shelf");
        for (var i = 0; i < 4; i++)
            scene.Gifs.Add(await NewKept(owner, shelf));
        var link = isPublic ? null : await owner.NewLinkAsync(shelf, way == "link used up" ? new JsonObject { ["maxViews"] = 2 } : null);
        var token = (string?)link?["token"];
        var (via, pass) = (token is null ? "" : $"?via={token}", "");
        if (way == "link used up")
            pass = (await keeper.GetAsync($"/v1/shared/{token}")).Headers.GetValues("Link-View").Single();
        (string, string)[] headers = pass.Length > 0 ? [("Link-View", pass)] : [];

        var (favorite, item, trashed, cover) = (scene.Gifs[0], scene.Gifs[1], scene.Gifs[2], scene.Gifs[3]);
        (await keeper.PutAsync($"/v1/favorites/{favorite.Id}{via}", headers)).Is(HttpStatusCode.NoContent);
        var kept = await keeper.NewCollectionAsync("public", "Kept");
        var ownTitle = "own" + Guid.NewGuid().ToString("N");
        var own = await keeper.AddNewGifAsync(kept, ownTitle);
        foreach (var gif in (Kept[])[item, trashed, cover])
            (await keeper.PostAsync($"/v1/collections/{kept}/items{via}", new JsonObject { ["gifId"] = gif.Id }, headers)).Is(HttpStatusCode.Created);
        (await keeper.DeleteAsync($"/v1/collections/{kept}/items/{trashed.Id}")).Is(HttpStatusCode.NoContent);
        (await keeper.PatchAsync($"/v1/collections/{kept}", new JsonObject { ["coverGifId"] = cover.Id })).Is(HttpStatusCode.OK);
        var keptLink = (string)(await keeper.NewLinkAsync(kept))["token"]!;
        scene.LookFrom(keeper, guest, kept, keptLink, favorite, item, trashed, cover);
        await scene.WaysIn(owner, guest, way, shelf, (string?)link?["id"], token);
        return scene;
    }

    private static async Task<Kept> NewKept(ApiClient owner, string shelf)
    {
        var title = "title" + Guid.NewGuid().ToString("N");
        var gif = await owner.AddNewGifAsync(shelf, title);
        return new(gif, title, (string)(await owner.GetAsync($"/v1/gifs/{gif}")).Is(HttpStatusCode.OK)["url"]!);
    }

    private void LookFrom(ApiClient keeper, ApiClient guest, string kept, string link, Kept favorite, Kept item, Kept trashed, Kept cover)
    {
        Add("favourites", favorite, keeper, "/v1/favorites");
        foreach (var sort in (string[])["manual", "added", "name"])
        {
            Add($"items by {sort}, as their keeper", item, keeper, $"/v1/collections/{kept}/items?sort={sort}", isDelayed: true);
            Add($"items by {sort}, as a guest", item, guest, $"/v1/collections/{kept}/items?sort={sort}", isDelayed: true);
        }

        Add("the keeper's link", item, guest, $"/v1/shared/{link}", isDelayed: true);
        Add("further pages of the keeper's link", item, guest, $"/v1/shared/{link}/items", isDelayed: true);
        Add("trash", trashed, keeper, "/v1/trash?type=item");
        Looks.Add(new("a page", item, () => Text(guest, $"/c/{kept}"), IsDelayed: true, SaysHidden: false));
        Looks.Add(new("the page of the keeper's link", item, () => Text(guest, $"/s/{link}"), IsDelayed: true, SaysHidden: false));
        Looks.Add(new("an answer about the item", item, async () => (await keeper.PatchAsync($"/v1/collections/{kept}/items/{item.Id}", new JsonObject { ["note"] = "seen" })).Text));
        Looks.Add(new("added again", item, async () => (await keeper.PostAsync($"/v1/collections/{kept}/items", new JsonObject { ["gifId"] = item.Id })).Text));
        Looks.Add(new(
            "restored and removed again", trashed,
            async () =>
            {
                var restored = (await keeper.PostAsync($"/v1/collections/{kept}/items/{trashed.Id}/restore")).Text;
                (await keeper.DeleteAsync($"/v1/collections/{kept}/items/{trashed.Id}")).Is(HttpStatusCode.NoContent);
                return restored;
            }));
        Looks.Add(new("a download", item, () => Zip(guest, $"/v1/collections/{kept}/download"), SaysHidden: false));
        foreach (var (name, who, path, isDelayed) in (List<(string, ApiClient, string, bool)>)[
            ("the cover, as a guest", guest, $"/v1/collections/{kept}", true), ("my collections", keeper, "/v1/collections", false),
            ("public collections", guest, $"/v1/users/{keeper.Username}/collections", false), ("the head of the keeper's link", guest, $"/v1/shared/{link}", true)])
            Looks.Add(new(name, cover, async () => CoverOf(await who.GetAsync(path)), isDelayed, ShowsTitle: false, SaysHidden: false));
        Looks.Add(new("the cover in the answer of an edit", cover, async () => CoverOf(await keeper.PatchAsync($"/v1/collections/{kept}", new JsonObject { ["description"] = "looked" })), ShowsTitle: false, SaysHidden: false));
        Looks.Add(new("itself, as its keeper", null, async () => $"{(int)(await keeper.GetAsync($"/v1/gifs/{item.Id}")).Status}"));
        Looks.Add(new("itself, as a guest", null, async () => $"{(int)(await guest.GetAsync($"/v1/gifs/{item.Id}")).Status}"));
        Looks.Add(new("itself, by the keeper's link", null, async () => $"{(int)(await guest.GetAsync($"/v1/gifs/{item.Id}?via={link}")).Status}"));
        Looks.Add(new("copied on", item, async () =>
        {
            var copy = (string)(await keeper.PostAsync($"/v1/collections/{kept}/copy", new JsonObject())).Is(HttpStatusCode.Created)["id"]!;
            var seen = (await keeper.GetAsync($"/v1/collections/{copy}/items")).Text;
            (await keeper.DeleteAsync($"/v1/collections/{copy}")).Is(HttpStatusCode.NoContent);
            return seen;
        }));

        void Add(string name, Kept gif, ApiClient who, string path, bool isDelayed = false) =>
            Looks.Add(new(name, gif, async () => (await who.GetAsync(path)).Text, isDelayed));
    }

    private async Task WaysIn(ApiClient owner, ApiClient guest, string way, string shelf, string? linkId, string? token)
    {
        var other = way == "one of two ways in closed" ? await owner.NewLinkAsync(shelf) : null;
        var collection = $"/v1/collections/{shelf}";
        switch (way)
        {
            case "link revoked":
                Close = () => Done(owner.DeleteAsync($"{collection}/links/{linkId}"));
                Open = () => owner.NewLinkAsync(shelf);
                break;
            case "link expired":
                Close = async () =>
                {
                    await Expires(TimeSpan.FromSeconds(1));
                    await Eventually.True(async () => (await guest.GetAsync($"/v1/shared/{token}")).Status == HttpStatusCode.NotFound, TestContext.Current.CancellationToken);
                };
                Open = () => Expires(TimeSpan.FromHours(1));
                break;
            case "link used up":
                Close = () => Done(guest.GetAsync($"/v1/shared/{token}"), HttpStatusCode.OK);
                Open = () => Done(owner.PatchAsync($"{collection}/links/{linkId}", new JsonObject { ["maxViews"] = 5 }), HttpStatusCode.OK);
                break;
            case "made private":
                (Close, Open) = (() => Visible("private"), () => Visible("shared"));
                break;
            case "public made private":
                (Close, Open) = (() => Visible("private"), () => Visible("public"));
                break;
            case "collection deleted":
                Close = () => Done(owner.DeleteAsync(collection));
                Open = () => Done(owner.PostAsync(collection + "/restore"), HttpStatusCode.OK);
                break;
            case "item removed":
                Close = () => All(gif => owner.DeleteAsync($"{collection}/items/{gif.Id}"), HttpStatusCode.NoContent);
                Open = () => All(gif => owner.PostAsync($"{collection}/items/{gif.Id}/restore"), HttpStatusCode.OK);
                break;
            default:
                Close = () => Done(owner.DeleteAsync($"{collection}/links/{other!["id"]}"));
                break;
        }

        Task Expires(TimeSpan after) =>
            Done(owner.PatchAsync($"{collection}/links/{linkId}", new JsonObject { ["expiresAt"] = TimeProvider.System.GetUtcNow() + after }), HttpStatusCode.OK);

        Task Visible(string visibility) => Done(owner.PatchAsync(collection, new JsonObject { ["visibility"] = visibility }), HttpStatusCode.OK);

        async Task All(Func<Kept, Task<Answer>> each, HttpStatusCode status)
        {
            foreach (var gif in Gifs)
                await Done(each(gif), status);
        }
    }

    private static async Task Done(Task<Answer> reply, HttpStatusCode status = HttpStatusCode.NoContent) => (await reply).Is(status);

    private static async Task<string> Text(ApiClient who, string path) => (await who.GetAsync(path, ("Accept", "text/html"))).Text;

    /// <summary>Every <c>coverUrl</c> in it.</summary>
    private static string CoverOf(Answer reply)
    {
        var json = reply.Is(HttpStatusCode.OK).Json;
        return string.Join('\n', (json["items"]?.AsArray().Select(item => (string?)item?["coverUrl"]) ?? []).Append((string?)(json["collection"] ?? json)["coverUrl"]));
    }

    private static async Task<string> Zip(ApiClient who, string path)
    {
        var reply = await who.GetAsync(path);
        reply.Is(HttpStatusCode.OK);
        using var zip = new ZipArchive(new MemoryStream(reply.Bytes));
        using var index = new StreamReader(zip.GetEntry("index.json")!.Open());
        return string.Join('\n', zip.Entries.Select(entry => entry.FullName)) + await index.ReadToEndAsync(TestContext.Current.CancellationToken);
    }
}
