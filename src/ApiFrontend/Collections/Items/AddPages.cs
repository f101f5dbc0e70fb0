using System.Collections.Immutable;
using System.Globalization;
using GifShare.Accounts;
using GifShare.ApiFrontend.Gifs;
using GifShare.Collections;
using GifShare.Gifs;
using GifShare.ObjectStore;
using Microsoft.AspNetCore.Http.Features;

namespace GifShare.ApiFrontend.Collections;

/// <summary>The JSON response to a script that added a file.</summary>
public sealed record AddedAnswer(KeptGif Gif, bool IsNew);

/// <summary>
/// Adding to a collection by plain forms: several files, or one URL. Files that can be added are kept, and the page reports an error for each of the
/// others. Scripts of pages that were loaded before 0.1.0's tray send each file in its own form and accept JSON; remove that in the next version.
/// </summary>
internal static class AddPages
{
    /// <summary>The limit of a form with several files.</summary>
    private const long MaxUploadBytes = 250L * 1024 * 1024;

    /// <summary>The size of a linked image if unknown; with a script the browser measures it.</summary>
    private const int AssumedWidth = 480, AssumedHeight = 360;

    public static void MapAddPages(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/c/{id}/add", static (CollectionId id, string? address, HttpContext context, CurrentUser user, IGrainFactory grains) =>
            Show(id, context, user, grains, address, TypedForm.Empty, null, 0));
        routes.MapPost("/c/{id}/add", Upload).TakesUpload(MaxUploadBytes, ownBudget: true, keptInTemp: true);
        routes.MapPost("/c/{id}/add/address", AddAddress);
    }

    private static async Task<IResult> Show(
        CollectionId id, HttpContext context, CurrentUser user, IGrainFactory grains, string? typedAddress, TypedForm typed, Error? error, int added,
        string? undo = null)
    {
        var grain = grains.Collection(id);
        if ((await grain.CanEdit(user.Id)).Error is { } refused)
            return context.NotYours(refused);
        if (!(await grain.Get(user.Id)).Succeeded(out var collection, out var gone))
            return context.NotYours(gone);
        var (address, problem) = typedAddress is { Length: > 0 } ? LinkedAddress.Read(typedAddress) : default;
        return context.Page<AddPage>(
            new()
            {
                ["Collection"] = collection,
                ["Address"] = address?.Url ?? typedAddress ?? typed["address"],
                ["IsAddress"] = address is not null,
                ["Typed"] = typed,
                ["Error"] = error ?? (problem is null ? null : Error.Invalid("address", problem)),
                ["Added"] = added,
                ["Undo"] = undo,
            },
            error is null ? StatusCodes.Status200OK : Problems.StatusOf(error.Code));
    }

    private static async Task<IResult> Upload(
        CollectionId id, HttpContext context, CurrentUser user, IGrainFactory grains, UploadReader reader, IObjectStore store)
    {
        // Check before the upload is stored.
        if ((await grains.Collection(id).CanEdit(user.Id)).Error is { } refused)
            return context.WantsJson() ? refused.ToProblem(context) : context.NotYours(refused);
        context.Features.Set<IFormFeature>(new FormFeature(
            context.Request, new FormOptions { MultipartBodyLengthLimit = MaxUploadBytes, ValueCountLimit = 16, ValueLengthLimit = 4096 }));
        var form = await context.ReadForm();
        if (context.WantsJson())
            return form.Files is [var only]
                ? Answer(await Add(id, only, context, user, grains, reader, store), context)
                : Error.Invalid("files", "Send one file.").ToProblem(context);

        var failures = new List<string>();
        var added = 0;
        var fresh = ImmutableArray.CreateBuilder<GifId>();
        foreach (var file in form.Files)
        {
            // The form itself was already charged to the rate limit, as its first file.
            var error = added + failures.Count > 0 ? await Admit(user, grains) : null;
            if (error is null && (await Add(id, file, context, user, grains, reader, store)).Succeeded(out var made, out error))
            {
                added++;
                if (made.IsNew)
                    fresh.Add(made.Value.Gif.Id);
            }
            else
                failures.Add($"{file.FileName}: {string.Join(" ", error.Fields?.SelectMany(f => f.Value) ?? [error.Detail ?? error.Code])}");
        }

        if (form.Files.Count == 0)
            failures.Add("Choose at least one file.");
        var undo = fresh.Count == 0 ? null : new SelectionUndo(SelectionAction.Added, id, fresh.ToImmutable(), default, [], false);
        return failures.Count == 0
            ? context.Said(user, id, undo, "added")
            : await Show(id, context, user, grains, null, form, new Error(
                ErrorCode.InvalidRequest, "Not everything could be added.", ImmutableDictionary<string, ImmutableArray<string>>.Empty.Add("files", [.. failures])),
                added, context.Undoable(user, undo));
    }

    private static IResult Answer(Result<CreatedOrExisting<CollectionItem>> result, HttpContext context) =>
        result.Succeeded(out var made, out var error)
            ? TypedResults.Json(new AddedAnswer(made.Value.Gif, made.IsNew), PageJson.Default.AddedAnswer)
            : error.ToProblem(context);

    private static async Task<Error?> Admit(CurrentUser user, IGrainFactory grains)
    {
        var admission = await grains.User(user.Id).Admit(user.Session, RequestKind.Upload);
        return !admission.SessionAlive ? new(ErrorCode.Unauthenticated, "You are logged out.")
            : admission.Allowed ? null
            : new(ErrorCode.RateLimited, $"That is more than you may upload in an hour; try again in {Math.Max(1, admission.ResetSeconds / 60)} minutes.");
    }

    private static async Task<Result<CreatedOrExisting<CollectionItem>>> Add(
        CollectionId id, IFormFile file, HttpContext context, CurrentUser user, IGrainFactory grains, UploadReader reader, IObjectStore store)
    {
        await using var content = file.OpenReadStream();
        var read = await reader.ReadAsync(content, GifUploads.MaxFileBytes, context.RequestAborted);
        if (read.Upload is not { } upload)
            return read.Error == UploadOutcome.TooLarge
                ? new Error(ErrorCode.TooLarge, $"This file is larger than {GifUploads.MaxFileMegabytes} MB.")
                : new Error(ErrorCode.UnsupportedMedia, read.Detail ?? "This is not a whole GIF, PNG, JPEG or WebP image.");

        var isHandedOver = false;
        try
        {
            var command = new NewUploadedGif(
                upload.Staged.Token, upload.Key.ToString(), upload.ContentType, upload.Staged.Length, upload.Width, upload.Height, file.FileName,
                FileTitle.Of(file.FileName));
            isHandedOver = true;
            if (!(await grains.Gif(GifId.New()).CreateUploaded(user.Id, command, null)).Succeeded(out var made, out var error))
                return error;
            return (await grains.Collection(id).AddItem(user.Id, new AddItem(made.Value.Id), null, null)).Succeeded(out var item, out error)
                ? new CreatedOrExisting<CollectionItem>(item.Value.Value, item.IsNew)
                : error;
        }
        finally
        {
            if (!isHandedOver)
                await store.DiscardAsync(upload.Staged.Token, CancellationToken.None);
        }
    }

    private static async Task<IResult> AddAddress(CollectionId id, HttpContext context, CurrentUser user, IGrainFactory grains)
    {
        var form = await context.ReadForm();
        var (address, problem) = LinkedAddress.Read(form["address"]);
        if (address is null)
            return await Show(id, context, user, grains, null, form, Error.Invalid("address", problem!), 0);
        if (!TrySide(form["width"], AssumedWidth, out var width) | !TrySide(form["height"], AssumedHeight, out var height))
            return await Show(id, context, user, grains, null, form, Error.Invalid(width == 0 ? "width" : "height", "A number from 1 to 20000 is expected."), 0);
        // Do not create a gif for a collection that will refuse it.
        if ((await grains.Collection(id).CanEdit(user.Id)).Error is { } refused)
            return context.NotYours(refused);
        var command = new NewLinkedGif(address.Url, width, height, address.Provider, form["title"], form["altText"]);
        if (!(await grains.Gif(GifId.New()).CreateLinked(user.Id, command, null)).Succeeded(out var made, out var error))
            return await Show(id, context, user, grains, null, form, error, 0);
        if (!(await grains.Collection(id).AddItem(user.Id, new AddItem(made.Value.Id), null, null)).Succeeded(out var item, out error))
            return await Show(id, context, user, grains, null, form, error, 0);
        var undo = item.IsNew ? new SelectionUndo(SelectionAction.Added, id, [made.Value.Id], default, [], false) : null;
        return PageViews.SeeOther(Notices.With($"/c/{id}", "added-one", made.Value.Id, undo: context.Undoable(user, undo)));
    }

    private static bool TrySide(string? text, int otherwise, out int side)
    {
        side = otherwise;
        return text is null || (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out side) && side is >= 1 and <= 20_000);
    }
}
