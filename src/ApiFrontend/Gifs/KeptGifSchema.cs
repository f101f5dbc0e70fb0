using System.Text.Json.Serialization.Metadata;
using GifShare.Gifs;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace GifShare.ApiFrontend.Gifs;

/// <summary>The OpenAPI schema of a kept gif, shown or hidden: the generator cannot see the two forms that the converter writes.</summary>
internal static class KeptGifSchema
{
    public static async Task Transform(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        if (context.JsonTypeInfo.Type == typeof(KeptGif))
            schema.OneOf = [await context.GetOrCreateSchemaAsync(typeof(Gif), null, cancellationToken), await context.GetOrCreateSchemaAsync(typeof(HiddenGif), null, cancellationToken)];
        else if (context.JsonTypeInfo is { Kind: JsonTypeInfoKind.Enumerable } list && list.ElementType == typeof(KeptGif))
            schema.Items ??= await context.GetOrCreateSchemaAsync(typeof(KeptGif), null, cancellationToken);
    }
}
