using Microsoft.AspNetCore.OpenApi;
using Microsoft.OpenApi;

namespace GifShare.ApiFrontend.Operations;

/// <summary>Describes the types whose JSON is made by converters of ours, which the generator cannot see into.</summary>
internal static class OpenApiSchemas
{
    public static bool IsInline(Type type) => IsId(type) || IsPatch(type) || type == typeof(DateTimeOffset);

    public static async Task Transform(OpenApiSchema schema, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        var type = Nullable.GetUnderlyingType(context.JsonTypeInfo.Type) ?? context.JsonTypeInfo.Type;
        var isNullable = type != context.JsonTypeInfo.Type;
        if (IsId(type))
            Become(schema, JsonSchemaType.String, "uuid", isNullable);
        else if (type == typeof(DateTimeOffset))
            Become(schema, JsonSchemaType.String, "date-time", isNullable);
        else if (IsPatch(type))
            await BecomePatched(schema, type.GetGenericArguments()[0], context, cancellationToken);
    }

    public static OpenApiSchema Problem() => new()
    {
        Type = JsonSchemaType.Object,
        Description = "RFC 9457 problem details.",
        Required = new HashSet<string> { "type", "title", "status", "code" },
        Properties = new Dictionary<string, IOpenApiSchema>
        {
            ["type"] = new OpenApiSchema { Type = JsonSchemaType.String, Format = "uri" },
            ["title"] = new OpenApiSchema { Type = JsonSchemaType.String },
            ["status"] = new OpenApiSchema { Type = JsonSchemaType.Integer },
            ["detail"] = new OpenApiSchema { Type = JsonSchemaType.String },
            ["code"] = new OpenApiSchema { Type = JsonSchemaType.String, Description = "Stable; what a program decides by." },
            ["errors"] = new OpenApiSchema
            {
                Type = JsonSchemaType.Object,
                AdditionalProperties = new OpenApiSchema { Type = JsonSchemaType.Array, Items = new OpenApiSchema { Type = JsonSchemaType.String } },
            },
        },
    };

    private static void Become(OpenApiSchema schema, JsonSchemaType type, string format, bool isNullable)
    {
        schema.Type = isNullable ? type | JsonSchemaType.Null : type;
        schema.Format = format;
        schema.Pattern = null;
    }

    // A member of a merge patch may be absent or null, whatever its type.
    private static async Task BecomePatched(OpenApiSchema schema, Type inner, OpenApiSchemaTransformerContext context, CancellationToken cancellationToken)
    {
        var of = await context.GetOrCreateSchemaAsync(inner, null, cancellationToken);
        schema.Type = of.Type is { } type ? type | JsonSchemaType.Null : null;
        schema.Format = of.Format;
        schema.Items = of.Items;
        schema.Pattern = of.Pattern;
        schema.Default = null;
    }

    private static bool IsId(Type type) => Array.Exists(type.GetInterfaces(), static i => i.IsGenericType && i.GetGenericTypeDefinition() == typeof(IEntityId<>));

    private static bool IsPatch(Type type) => type.IsGenericType && type.GetGenericTypeDefinition() == typeof(Patch<>);
}
