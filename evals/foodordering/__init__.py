"""FoodOrdering: a restaurant's schema and catalogues as a menu of ours, orders compared as trees."""
