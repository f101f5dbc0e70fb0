using GifShare.Accounts;
using GifShare.ObjectStore;
using Microsoft.AspNetCore.Http.HttpResults;

namespace GifShare.ApiFrontend.Accounts;

/// <summary>Avatar endpoints. The image goes into the object store here; the user's grain only receives the key.</summary>
internal static class AvatarEndpoints
{
    private const long MaxBytes = 5 << 20;

    public static void MapAvatar(this IEndpointRouteBuilder users)
    {
        users.MapPut("/me/avatar", Put).TakesUpload(MaxBytes).Accepts<byte[]>("application/octet-stream", "image/gif", "image/png", "image/jpeg", "image/webp")
            .WithName("SetAvatar").WithSummary("Sets my avatar: the bytes of a GIF, PNG, JPEG or WebP, at most 5 MB");
        users.MapDelete("/me/avatar", Delete).WithName("RemoveAvatar").WithSummary("Removes my avatar");
    }

    private static async Task<Results<Ok<UserProfile>, ProblemHttpResult>> Put(
        CurrentUser user, UploadReader reader, IObjectStore objects, IGrainFactory grains, HttpContext context)
    {
        var outcome = await reader.ReadAsync(context.Request.Body, MaxBytes, context.RequestAborted);
        if (outcome.Upload is not { } upload)
            return Refusal(outcome).ToProblem(context);
        try
        {
            var image = new AvatarImage(upload.Staged.Token, upload.Key.ToString(), upload.Staged.Length);
            return AccountsEndpoints.Private(context, await grains.User(user.Id).SetAvatar(image)).ToOk(context);
        }
        finally
        {
            // Committed bytes are no longer staged, so this only discards what a refusal or an exception left behind.
            await objects.DiscardAsync(upload.Staged.Token, CancellationToken.None);
        }
    }

    private static async Task<Results<Ok<UserProfile>, ProblemHttpResult>> Delete(CurrentUser user, IGrainFactory grains, HttpContext context) =>
        AccountsEndpoints.Private(context, await grains.User(user.Id).SetAvatar(null)).ToOk(context);

    private static Error Refusal(UploadOutcome outcome) => outcome.Error == UploadOutcome.TooLarge
        ? new(ErrorCode.TooLarge, "An avatar may be at most 5 MB.")
        : new(ErrorCode.UnsupportedMedia, outcome.Detail ?? "Send a GIF, PNG, JPEG or WebP image.");
}
