using GifShare.Fixtures.Clients;

namespace GifShare.Http.Tests.Upgrade;

/// <summary>
/// A small installation with a bit of everything, made through the API as every version has had it, and what is known of it afterwards. Only calls
/// that the first landed version answered are used to fill it; what later versions add goes into a method that is called when they are there.
/// </summary>
internal sealed record KnownWorld
{
    public const string LinkPassword = "open sesame";
    public const int Cap = 5, CapUsed = 2;

    public required DateTimeOffset FilledAt { get; init; }

    /// <summary>Ben's session; Ada comes back with her password.</summary>
    public required string BensRefreshToken { get; init; }

    /// <summary>Shared, described, 4 items in an order of the owner's own, the first one noted, the third of another site, the last one its cover.</summary>
    public required string Loops { get; init; }

    /// <summary>In their order: the gifs of <see cref="Loops"/>.</summary>
    public required IReadOnlyList<string> LoopsGifs { get; init; }

    /// <summary>Public, 1 item, liked by Ben, who favours the item.</summary>
    public required string Open { get; init; }

    /// <summary>Ben's, public: the item of <see cref="Open"/>. Null in sets from before anybody asked who has kept something.</summary>
    public string? Kept { get; init; }

    public required string DeletedCollection { get; init; }

    public required string DeletedGif { get; init; }

    public required string OpenToken { get; init; }

    public required string PasswordToken { get; init; }

    /// <summary>Of <see cref="Cap"/> views, <see cref="CapUsed"/> are used.</summary>
    public required string CappedToken { get; init; }

    public required string RevokedToken { get; init; }

    public static async Task<KnownWorld> FillAsync(Uri server)
    {
        using var ada = await ApiClient.RegisterAsync(server, "ada");
        using var ben = await ApiClient.RegisterAsync(server, "ben");
        using var guest = new ApiClient(server);
        (await ada.PatchAsync("/v1/users/me", new { displayName = "Ada Lovelace", bio = "Loops 🎉" })).IsDone();
        (await ada.SetAvatarAsync(Steps.Pixel(9))).IsDone();

        List<string> gifs = [];
        for (var n = 0; n < 4; n++)
            gifs.Add(await UploadAsync(ada, n));
        var linked = Id(await ada.PostAsync("/v1/gifs", new { url = "https://media.example.org/wave.gif", width = 480, height = 270, provider = "giphy", title = "Wave" }));
        var loops = Id(await ada.PostAsync("/v1/collections", new { name = "Loops", visibility = "shared", description = "They go round" }));
        foreach (var gif in new[] { gifs[0], gifs[1], linked, gifs[2] })
            await ada.AddAsync(loops, gif);
        // Now 2, 0, linked, 1.
        (await ada.PatchAsync($"/v1/collections/{loops}/items/{gifs[2]}", new { before = gifs[0], note = "First" })).IsDone();
        (await ada.PatchAsync($"/v1/collections/{loops}/items/{gifs[1]}", new { after = linked })).IsDone();
        (await ada.PatchAsync($"/v1/collections/{loops}", new { coverGifId = gifs[1] })).IsDone();
        var open = await ada.NewCollectionAsync("public", "Open");
        await ada.AddAsync(open, gifs[3]);
        var old = await ada.NewCollectionAsync("private", "Old");
        await ada.AddAsync(old, gifs[0]);
        (await ada.DeleteAsync($"/v1/collections/{old}")).IsDone();
        var gone = await UploadAsync(ada, 5);
        (await ada.DeleteAsync($"/v1/gifs/{gone}")).IsDone();
        (await ada.PutAsync($"/v1/favorites/{gifs[2]}")).IsDone();
        (await ben.PutAsync($"/v1/favorites/{gifs[3]}")).IsDone();
        (await ben.PutAsync($"/v1/collections/{open}/like")).IsDone();

        var kept = await ben.NewCollectionAsync("public", "Kept");
        await ben.AddAsync(kept, gifs[3]);

        var revoked = await ada.NewLinkAsync(loops, new { label = "Ended" });
        var world = new KnownWorld
        {
            FilledAt = DateTimeOffset.UtcNow,
            BensRefreshToken = ben.RefreshToken,
            Loops = loops,
            LoopsGifs = [gifs[2], gifs[0], linked, gifs[1]],
            Open = open,
            Kept = kept,
            DeletedCollection = old,
            DeletedGif = gone,
            OpenToken = await TokenAsync(new { label = "Family" }),
            PasswordToken = await TokenAsync(new { password = LinkPassword }),
            CappedToken = await TokenAsync(new { maxViews = Cap }),
            RevokedToken = (string)revoked["token"]!,
        };
        (await ada.DeleteAsync($"/v1/collections/{loops}/links/{revoked["id"]}")).IsDone();
        (await guest.GetAsync($"/v1/shared/{world.OpenToken}")).IsDone();
        for (var n = 0; n < CapUsed; n++)
            (await guest.GetAsync($"/v1/shared/{world.CappedToken}")).IsDone();
        return world;

        async Task<string> TokenAsync(object body) => (string)(await ada.NewLinkAsync(loops, body))["token"]!;
    }

    public static string Id(Answer made) => (string)made.IsDone()["id"]!;

    /// <summary>A GIF of one pixel with this number in its title and its colour; 200 when the person has it already.</summary>
    public static async Task<string> UploadAsync(ApiClient person, int number) => Id(await person.UploadAsync(Steps.Pixel(number), ("title", $"Pixel {number}")));
}
