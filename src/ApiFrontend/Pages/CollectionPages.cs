using System.Collections.Immutable;
using System.Globalization;
using System.Text.Json;
using GifShare.ApiFrontend.Collections;
using GifShare.ApiFrontend.Pages.Views;
using GifShare.Collections;
using GifShare.Gifs;
using GifShare.ObjectStore;
using Microsoft.AspNetCore.Http.Features;

namespace GifShare.ApiFrontend.Pages;

/// <summary>My collections, and one collection with what its owner can do to it.</summary>
internal static class CollectionPages
{
    private const int ItemsPerPage = 50;
    private const int MaxFileBytes = 25 * 1024 * 1024;

    /// <summary>Several files in one form.</summary>
    private const long MaxUploadBytes = 250L * 1024 * 1024;

    public static void MapCollectionPages(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/collections", static (HttpContext context, CurrentUser user, IGrainFactory grains) => List(context, user, grains, null));
        routes.MapPost("/collections", Create);
        routes.MapPost("/c/{id}/upload", Upload).TakesUpload(MaxUploadBytes, ownBudget: true);
        routes.MapPost("/c/{id}/links", CreateLink);
        routes.MapPost("/c/{id}/links/{link}/revoke", Revoke);
        routes.MapPost("/c/{id}/visibility", SetVisibility);
        routes.MapPost("/c/{id}/items/{gif}/remove", Remove);
    }

    public static Task<IResult> Show(CollectionId id, HttpContext context, Viewer viewer, IGrainFactory grains) => Show(id, context, viewer.Id, grains, null);

    private static async Task<IResult> Show(CollectionId id, HttpContext context, UserId? viewer, IGrainFactory grains, Error? failed)
    {
        var grain = grains.Collection(id);
        var counts = failed is null && context.CountsAsView();
        if (!(await grain.Read(viewer, null, counts)).Succeeded(out var page, out var error)
            || !(await grain.ReadItems(viewer, ItemSort.Manual, context.Request.Query["cursor"], ItemsPerPage, null)).Succeeded(out var items, out error))
            return context.ErrorPage(error);

        var collection = JsonSerializer.Deserialize(page.Body.Span, GifShareJson.Default.Collection)!;
        var content = JsonSerializer.Deserialize(items.Body.Span, GifShareJson.Default.PageOfCollectionItem)!;
        var isOwner = viewer is not null && collection.Owner.Id == viewer;
        var links = isOwner && (await grain.ListLinks(viewer!.Value, null, Paging.MaxLimit)).Succeeded(out var some, out _) ? some.Items : [];
        return context.Page<CollectionPage>(
            new()
            {
                ["Collection"] = collection,
                ["Items"] = content.Items,
                ["Next"] = content.Next,
                ["Links"] = links,
                ["IsOwner"] = isOwner,
                ["Error"] = failed,
            },
            failed is null ? StatusCodes.Status200OK : Problems.StatusOf(failed.Code));
    }

    private static async Task<IResult> List(HttpContext context, CurrentUser user, IGrainFactory grains, Error? failed)
    {
        var mine = await grains.CollectionLists().Mine(user.Id, null, context.Request.Query["cursor"], Paging.DefaultLimit);
        return mine.Succeeded(out var collections, out var error)
            ? context.Page<CollectionsPage>(
                new() { ["Collections"] = collections, ["Error"] = failed },
                failed is null ? StatusCodes.Status200OK : Problems.StatusOf(failed.Code))
            : context.ErrorPage(error);
    }

    private static async Task<IResult> Create(HttpContext context, CurrentUser user, IGrainFactory grains)
    {
        var form = await context.ReadForm();
        var id = CollectionId.New();
        var created = await grains.Collection(id).Create(user.Id, new NewCollection(form["name"] ?? ""), null);
        return created.Succeeded(out _, out var error) ? PageViews.SeeOther($"/c/{id}") : await List(context, user, grains, error);
    }

    private static async Task<IResult> Upload(
        CollectionId id, HttpContext context, CurrentUser user, IGrainFactory grains, UploadReader reader, IObjectStore store)
    {
        context.Features.Set<IFormFeature>(new FormFeature(
            context.Request, new FormOptions { MultipartBodyLengthLimit = MaxUploadBytes, ValueCountLimit = 16, ValueLengthLimit = 4096 }));
        var form = await context.ReadForm();
        var failures = new List<string>();
        foreach (var file in form.Files)
        {
            if (await Add(id, file, context, user, grains, reader, store) is { } error)
                failures.Add($"{file.FileName}: {string.Join(" ", error.Fields?.SelectMany(f => f.Value) ?? [error.Detail ?? error.Code])}");
        }

        if (form.Files.Count == 0)
            failures.Add("Choose at least one file.");
        return failures.Count == 0
            ? PageViews.SeeOther($"/c/{id}")
            : await Show(id, context, user.Id, grains, new(
                ErrorCode.InvalidRequest, "Not everything could be added.", ImmutableDictionary<string, ImmutableArray<string>>.Empty.Add("files", [.. failures])));
    }

    private static async Task<Error?> Add(
        CollectionId id, IFormFile file, HttpContext context, CurrentUser user, IGrainFactory grains, UploadReader reader, IObjectStore store)
    {
        await using var content = file.OpenReadStream();
        var read = await reader.ReadAsync(content, MaxFileBytes, context.RequestAborted);
        if (read.Upload is not { } upload)
            return read.Error == UploadOutcome.TooLarge
                ? Bodies.TooLarge
                : new(ErrorCode.UnsupportedMedia, "This is not a whole GIF, PNG, JPEG or WebP image.");

        var isHandedOver = false;
        try
        {
            var command = new NewUploadedGif(
                upload.Staged.Token, upload.Key.ToString(), upload.ContentType, upload.Staged.Length, upload.Width, upload.Height, file.FileName);
            isHandedOver = true;
            if (!(await grains.Gif(GifId.New()).CreateUploaded(user.Id, command, null)).Succeeded(out var made, out var error))
                return error;
            return (await grains.Collection(id).AddItem(user.Id, new AddItem(made.Value.Id), null, null)).Error;
        }
        finally
        {
            if (!isHandedOver)
                await store.DiscardAsync(upload.Staged, CancellationToken.None);
        }
    }

    private static async Task<IResult> CreateLink(CollectionId id, HttpContext context, CurrentUser user, IGrainFactory grains)
    {
        var form = await context.ReadForm();
        long? maxViews = null;
        if (form["maxViews"] is { } text)
        {
            if (!long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number))
                return await Show(id, context, user.Id, grains, Error.Invalid("maxViews", "A number is expected."));
            maxViews = number;
        }

        var grain = grains.Collection(id);
        var link = await grain.CreateLink(user.Id, new NewLink(Password: form["password"], MaxViews: maxViews), null);
        if (link.Error is { Code: ErrorCode.CollectionPrivate })
        {
            // The form says that a link opens a private collection to whoever has it.
            var opened = await grain.Update(user.Id, new CollectionPatch(Visibility: "shared"), null);
            link = opened.Error is { } refused ? refused : await grain.CreateLink(user.Id, new NewLink(Password: form["password"], MaxViews: maxViews), null);
        }

        return await Back(id, context, user, grains, link.Error);
    }

    private static async Task<IResult> Revoke(CollectionId id, LinkId link, HttpContext context, CurrentUser user, IGrainFactory grains)
    {
        await context.ReadForm();
        return await Back(id, context, user, grains, (await grains.Collection(id).DeleteLink(user.Id, link)).Error);
    }

    private static async Task<IResult> SetVisibility(CollectionId id, HttpContext context, CurrentUser user, IGrainFactory grains)
    {
        var form = await context.ReadForm();
        var updated = await grains.Collection(id).Update(user.Id, new CollectionPatch(Visibility: form["visibility"] ?? ""), null);
        return await Back(id, context, user, grains, updated.Error);
    }

    private static async Task<IResult> Remove(CollectionId id, GifId gif, HttpContext context, CurrentUser user, IGrainFactory grains)
    {
        await context.ReadForm();
        return await Back(id, context, user, grains, (await grains.Collection(id).RemoveItem(user.Id, gif, null)).Error);
    }

    // A thing that is gone already is what the form wanted.
    private static async Task<IResult> Back(CollectionId id, HttpContext context, CurrentUser user, IGrainFactory grains, Error? error) =>
        error is null or { Code: ErrorCode.NotFound } ? PageViews.SeeOther($"/c/{id}") : await Show(id, context, user.Id, grains, error);
}
