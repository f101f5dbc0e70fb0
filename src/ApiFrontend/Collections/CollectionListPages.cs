using System.Globalization;
using GifShare.Collections;

namespace GifShare.ApiFrontend.Collections;

/// <summary>My collections: list, create, edit (name, description, visibility), delete and restore.</summary>
internal static class CollectionListPages
{
    public const int PerPage = 24;

    public static void MapCollectionListPages(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/collections", List);
        routes.MapGet("/collections/new", static (HttpContext context) => NewForm(context, TypedForm.Empty, null));
        routes.MapPost("/collections", Create);
        routes.MapGet("/c/{id}/edit", Edit);
        routes.MapPost("/c/{id}/edit", Save);
        routes.MapPost("/c/{id}/delete", Delete);
    }

    /// <summary>The caller's own collection; not found for anybody else's, even if the caller may read it.</summary>
    public static async Task<Result<Collection>> MyCollection(this IGrainFactory grains, CollectionId id, CurrentUser user)
    {
        if (!(await grains.Collection(id).Get(user.Id)).Succeeded(out var collection, out var error))
            return error;
        return collection.Owner.Id == user.Id ? collection : Error.NotFound;
    }

    private static readonly Error WrongQuery = Error.Invalid("q", "At most 200 characters, none of them control characters.");

    private static bool IsQuery(string query) => query.Length <= 200 && !query.Any(char.IsControl);

    /// <summary>Possible targets for items: the most recently changed collections, or search results.</summary>
    public static async Task<Result<PageOf<Collection>>> FindMine(this IGrainFactory grains, CurrentUser user, string? query)
    {
        query = query?.Trim() ?? "";
        return IsQuery(query) ? await grains.CollectionLists().Mine(user.Id, query.Length == 0 ? null : query, null, Paging.MaxLimit) : WrongQuery;
    }

    private static async Task<IResult> List(HttpContext context, CurrentUser user, IGrainFactory grains)
    {
        var query = context.Request.Query["q"].ToString().Trim();
        if (!IsQuery(query))
            return context.ErrorPage(WrongQuery);
        var mine = await grains.CollectionLists().Mine(user.Id, query.Length == 0 ? null : query, context.Request.Query["cursor"], PerPage);
        return mine.Succeeded(out var collections, out var error)
            ? context.Page<CollectionsPage>(new() { ["Collections"] = collections, ["Query"] = query })
            : context.ErrorPage(error);
    }

    private static IResult NewForm(HttpContext context, TypedForm typed, Error? error) => context.Page<NewCollectionPage>(
        new() { ["Typed"] = typed, ["Error"] = error }, error is null ? StatusCodes.Status200OK : Problems.StatusOf(error.Code));

    private static async Task<IResult> Create(HttpContext context, CurrentUser user, IGrainFactory grains)
    {
        var form = await context.ReadForm();
        var command = new NewCollection(form["name"] ?? "", form["description"], form["visibility"]);
        var created = await context.Once(
            user, form, GifShareJson.Default.ResultVersionedCollection, ticket => grains.Collection(CollectionId.New()).Create(user.Id, command, ticket));
        return created.Succeeded(out var made, out var error) ? PageViews.SeeOther($"/c/{made.Value.Id}") : NewForm(context, form, error);
    }

    private static async Task<IResult> Edit(CollectionId id, HttpContext context, CurrentUser user, IGrainFactory grains) =>
        (await grains.MyCollection(id, user)).Succeeded(out var collection, out var error)
            ? EditForm(context, collection, null, null)
            : context.ErrorPage(error);

    private static async Task<IResult> Save(CollectionId id, HttpContext context, CurrentUser user, IGrainFactory grains)
    {
        var form = await context.ReadForm();
        if (!(await grains.MyCollection(id, user)).Succeeded(out var collection, out var error))
            return context.ErrorPage(error);
        var seen = long.TryParse(form["version"], NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? version : 0;
        var patch = new CollectionPatch(form["name"] ?? "", new(true, form["description"]), form["visibility"] ?? "");
        var saved = await grains.Collection(id).Update(user.Id, patch, $"\"{seen}\"");
        if (saved.Succeeded(out var now, out error))
        {
            var undo = EditUndo.Between(EditedThing.Collection, id, default, FieldUndo.Of(collection), FieldUndo.Of(now.Value));
            return PageViews.SeeOther(Notices.With(PageViews.LocalPath(form["return"]) ?? $"/c/{id}", "collection-saved", undo: context.Undoable(user, undo)));
        }

        // Show the current values beside the typed ones; saving again then overwrites them deliberately.
        if (error.Code == ErrorCode.VersionMismatch && !(await grains.MyCollection(id, user)).Succeeded(out collection, out var gone))
            return context.ErrorPage(gone);
        return EditForm(context, collection, form, error);
    }

    private static IResult EditForm(HttpContext context, Collection collection, TypedForm? typed, Error? error) => context.Page<EditCollectionPage>(
        new()
        {
            ["Collection"] = collection,
            ["Return"] = PageViews.LocalPath(typed is null ? context.Request.Query["return"] : typed["return"]),
            ["Typed"] = typed,
            ["Error"] = error,
        },
        error is null ? StatusCodes.Status200OK : Problems.StatusOf(error.Code));

    private static async Task<IResult> Delete(CollectionId id, HttpContext context, CurrentUser user, IGrainFactory grains)
    {
        await context.ReadForm();
        return await grains.DeleteMine(id, user) is not { } error
            ? PageViews.SeeOther(Notices.With("/collections", "collection-deleted", undo: context.Undoable(user, new CollectionUndo(CollectionAction.Deleted, id))))
            : context.ErrorPage(error);
    }

    /// <summary>Moves the collection to the trash. Idempotent: a collection already there is no error.</summary>
    public static async Task<Error?> DeleteMine(this IGrainFactory grains, CollectionId id, CurrentUser user) =>
        ((await grains.MyCollection(id, user)).Error ?? (await grains.Collection(id).Delete(user.Id, null)).Error) is { } error
        && !(error.Code == ErrorCode.NotFound && await IsJustDeleted(id, user, grains))
            ? error
            : null;

    private static async Task<bool> IsJustDeleted(CollectionId id, CurrentUser user, IGrainFactory grains) =>
        (await grains.CollectionLists().TrashedCollections(user.Id, null, Paging.DefaultLimit)).Succeeded(out var trash, out _)
        && trash.Items.Any(trashed => trashed.Collection.Id == id);
}
