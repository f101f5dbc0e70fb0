using System.Collections.Immutable;
using GifShare.Collections;
using GifShare.Gifs;

namespace GifShare.ApiFrontend.Collections;

/// <summary>The page of favourites, and the heart form of every grid.</summary>
internal static class FavoritePages
{
    public static void MapFavoritePages(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/favorites", List);
        routes.MapPost("/favorites/{gif}", static (GifId gif, HttpContext context, CurrentUser user, IGrainFactory grains) => Set(gif, null, "/favorites", context, user, grains));
    }

    /// <summary>Which of these items are the viewer's favourites; null for a guest.</summary>
    public static async Task<IReadOnlySet<GifId>?> Hearts(this IGrainFactory grains, UserId? viewer, ImmutableArray<CollectionItem> items)
    {
        if (viewer is not { } user)
            return null;
        if (items.IsDefaultOrEmpty)
            return ImmutableHashSet<GifId>.Empty;
        return (await grains.Favorites(user).Among([.. items.Select(item => item.Gif.Id)])).Items.ToImmutableHashSet();
    }

    /// <summary>Handles the heart form: <c>on</c> is 1 or 0. Scripts that do not accept HTML get 204.</summary>
    public static async Task<IResult> Set(GifId gif, ViaLink? via, string otherwise, HttpContext context, CurrentUser user, IGrainFactory grains)
    {
        var form = await context.ReadForm();
        var favorites = grains.Favorites(user.Id);
        var error = form["on"] == "1" ? (await favorites.Add(gif, via)).Error : (await favorites.Remove(gif)).Error;
        if (!context.Request.Headers.Accept.ToString().Contains("text/html", StringComparison.OrdinalIgnoreCase))
            return error is null ? TypedResults.NoContent() : error.ToProblem(context);
        if (error is not null)
            return context.ErrorPage(error);
        return PageViews.SeeOther((PageViews.LocalPath(form["return"]) ?? otherwise) + $"#gif-{gif}");
    }

    private static async Task<IResult> List(HttpContext context, CurrentUser user, IGrainFactory grains)
    {
        string? cursor = context.Request.Query["cursor"];
        var listed = await grains.Favorites(user.Id).List(cursor, CollectionPages.PageSize(cursor));
        if (!listed.Succeeded(out var page, out var error))
            return context.ErrorPage(error);
        ImmutableArray<CollectionItem> items = [.. page.Items.Select(gif => new CollectionItem(gif, null, default))];
        return context.Page<FavoritesPage>(new()
        {
            ["Items"] = items,
            ["Next"] = page.Next,
            ["Favorites"] = await grains.Hearts(user.Id, items),
            ["Count"] = (await grains.Favorites(user.Id).GetFilter()).Count,
        });
    }
}
