using System.Globalization;
using System.Reflection;
using Microsoft.AspNetCore.Http.Metadata;

namespace GifShare.ApiFrontend.Http;

/// <summary>
/// <c>?cursor=&amp;limit=</c> of every list. An endpoint parameter of this type has the default limit of 20; call <see cref="Read"/> for another
/// default. An invalid limit is a 400 that names it; cursors are validated by the list.
/// </summary>
public sealed record Paging(string? Cursor, int Limit) : IEndpointParameterMetadataProvider
{
    public const int DefaultLimit = 20;
    public const int MaxLimit = 100;

    public static ValueTask<Paging?> BindAsync(HttpContext context, ParameterInfo parameter) => ValueTask.FromResult<Paging?>(Read(context));

    public static void PopulateMetadata(ParameterInfo parameter, EndpointBuilder builder) => builder.Metadata.Add(new PagedList(DefaultLimit));

    /// <exception cref="RefusedException">The limit is not a number from 1 to 100.</exception>
    public static Paging Read(HttpContext context, int defaultLimit = DefaultLimit)
    {
        var query = context.Request.Query;
        string? cursor = query["cursor"];
        var limit = defaultLimit;
        if (query.TryGetValue("limit", out var text)
            && (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out limit) || limit is < 1 or > MaxLimit))
            throw new RefusedException(Error.Invalid("limit", $"A number from 1 to {MaxLimit} is expected."));
        return new(string.IsNullOrEmpty(cursor) ? null : cursor, limit);
    }
}

/// <summary>Metadata of a paged endpoint, read by OpenAPI. Endpoints that call <see cref="Paging.Read"/> add it themselves.</summary>
public sealed record PagedList(int DefaultLimit);

public static class QueryText
{
    /// <summary>Parses a query parameter as a camelCase name of <typeparamref name="TEnum"/>; the default when absent. Numbers and flag lists are refused.</summary>
    public static TEnum QueryChoice<TEnum>(this HttpContext context, string name, TEnum otherwise = default) where TEnum : struct, Enum
    {
        if (!context.Request.Query.TryGetValue(name, out var text))
            return otherwise;
        foreach (var value in Enum.GetValues<TEnum>())
            if (string.Equals(value.ToString(), text, StringComparison.OrdinalIgnoreCase))
                return value;
        var names = string.Join(", ", Enum.GetNames<TEnum>().Select(n => char.ToLowerInvariant(n[0]) + n[1..]));
        throw new RefusedException(Error.Invalid(name, $"One of these is expected: {names}."));
    }
}
