using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Serialization.Metadata;

namespace GifShare.ApiFrontend.Idempotency;

/// <summary>
/// Idempotent form submissions: a form sent twice (double click, reload, lost response) takes effect once, with or without a script. The page contains a
/// fresh key, and key and content together act like an <c>Idempotency-Key</c> of the API. Different content is a different request.
/// </summary>
internal static class FormOnce
{
    public const string Field = "once";

    /// <summary>A value for the hidden field <see cref="Field"/>. Not secret: it is only looked up together with the user.</summary>
    public static string NewKey() => Guid.NewGuid().ToString("N");

    /// <summary>Call it after <see cref="PageViews.ReadForm"/>; the grain stores the result with the ticket, as for <see cref="Idempotent"/>.</summary>
    public static async Task<Result<T>> Once<T>(
        this HttpContext context, CurrentUser user, TypedForm form, JsonTypeInfo<Result<T>> type, Func<IdempotencyTicket?, Task<Result<T>>> effect)
    {
        if (form[Field] is not { Length: 32 } key || !key.All(char.IsAsciiHexDigit))
            return await effect(null);
        var services = context.RequestServices;
        var scope = ScopeOf(context, services.GetRequiredService<MasterKey>());
        var request = new IdempotentRequest(services.GetRequiredService<IGrainFactory>().User(user.Id), user.Id, scope);
        if (await request.Find(context, scope) is { } refusal)
            return refusal;
        context.Features.Set(request);
        return await Idempotent.Run(context, type, effect);
    }

    // A keyed hash, since a form may contain a password.
    private static string ScopeOf(HttpContext context, MasterKey master)
    {
        var text = new StringBuilder("FORM\n").Append(context.Request.Path.Value);
        foreach (var (name, values) in context.Request.Form.OrderBy(field => field.Key, StringComparer.Ordinal))
            if (name != Antiforgery.Field)
                foreach (var value in values)
                    text.Append('\n').Append(name.Length).Append(':').Append(name).Append('=').Append(value?.Length).Append(':').Append(value);
        return Convert.ToHexStringLower(HMACSHA256.HashData(master.Derive("gifshare/form-once/v1"), Encoding.UTF8.GetBytes(text.ToString())));
    }
}
