using System.Collections.Immutable;
using GifShare.Collections;
using GifShare.Gifs;
using GifShare.ObjectStore;
using Microsoft.AspNetCore.Http.Features;

namespace GifShare.ApiFrontend.Pages;

/// <summary>Adding to a collection.</summary>
internal static class AddPages
{
    private const int MaxFileBytes = 25 * 1024 * 1024;

    /// <summary>Several files in one form.</summary>
    private const long MaxUploadBytes = 250L * 1024 * 1024;

    public static void MapAddPages(this IEndpointRouteBuilder routes) =>
        routes.MapPost("/c/{id}/upload", Upload).TakesUpload(MaxUploadBytes, ownBudget: true);

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
            : await CollectionPages.Show(id, context, user.Id, grains, new(
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
}
